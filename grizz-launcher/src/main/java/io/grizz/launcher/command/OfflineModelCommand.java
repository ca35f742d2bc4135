package io.grizz.launcher.command;

import io.grizz.launcher.offline.OfflineConfig;
import io.grizz.launcher.offline.OfflineModel;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves the offline model. */
@Command(
    name = "offline-model",
    description = "Serves the offline model, an OpenAI-compatible stand-in, on loopback.")
final class OfflineModelCommand implements Callable<Integer> {

  @Mixin private SettingsOptions options = new SettingsOptions();

  @Option(names = "--port", defaultValue = "0", description = "Default: any free one.")
  private int port;

  @Option(
      names = "--first-token",
      paramLabel = "MS",
      defaultValue = "150",
      description = "Milliseconds to the first token. Default: ${DEFAULT-VALUE}.")
  private int firstToken;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "40",
      description = "Tokens a second. Default: ${DEFAULT-VALUE}.")
  private double rate;

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.load();
    OfflineConfig config = new OfflineConfig(Duration.ofMillis(firstToken), rate);
    try (Duty duty = Duty.begin(dead -> {}, states -> {});
        OfflineModel model = OfflineModel.start(port, config)) {
      System.err.println("the offline model answers at " + model.uri());
      duty.ready();
      duty.awaitDrain();
      return 0;
    }
  }
}
