package io.grizz.launcher.command;

import io.grizz.launcher.offline.OfflineModel;
import io.grizz.launcher.settings.Records;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves the offline model. */
@Command(
    name = "offline-model",
    description = "Serves the offline model, an OpenAI-compatible stand-in, on loopback.")
final class OfflineModelCommand implements Callable<Integer> {

  @Mixin private SettingsOptions options;

  @Option(names = "--port", description = "Default: any free one.")
  private int port;

  @Option(
      names = "--first-token",
      paramLabel = "TIME",
      description = "How long the first token takes. Default: 150ms.")
  private @Nullable String firstToken;

  @Option(names = "--rate", paramLabel = "N", description = "Tokens a second. Default: 40.")
  private @Nullable Integer rate;

  OfflineModelCommand() {
    this(new SettingsOptions(), 0);
  }

  OfflineModelCommand(SettingsOptions options, int port) {
    this.options = options;
    this.port = port;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Records records =
        new Records(
            options
                .flag("offline.first-token", "--first-token", firstToken)
                .flag("offline.rate", "--rate", rate)
                .load());
    try (Duty duty = Duty.begin(records.supervisor().beat(), dead -> {}, states -> {});
        OfflineModel model = OfflineModel.start(port, records.offline())) {
      System.err.println("the offline model answers at " + model.uri());
      duty.ready();
      duty.awaitDrain();
      return 0;
    }
  }
}
