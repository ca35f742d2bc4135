package io.grizz.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.settings.Settings.Sources;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the help says of defaults is what the shipped settings have. */
class HelpTest {

  private final Settings shipped = Settings.load(new Sources(List.of(), Map.of(), Map.of()));

  @ParameterizedTest
  @CsvSource({
    "launch, --workers, launch.workers",
    "launch, --host, gateway.host",
    "launch, --port, gateway.port",
    "launch, --data, launch.data",
    "offline-model, --first-token, offline.first-token",
    "offline-model, --rate, offline.rate",
  })
  void defaultInTheHelpIsThatOfTheSetting(String command, String option, String key) {
    CommandLine line =
        new CommandLine(command.equals("launch") ? new LaunchCommand() : new OfflineModelCommand());
    assertThat(line.getCommandSpec().findOption(option).description()[0])
        .endsWith("Default: " + shipped.get(key).text() + ".");
  }
}
