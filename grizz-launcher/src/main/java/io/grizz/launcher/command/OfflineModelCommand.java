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

  @Mixin private SettingsOptions options;

  @Option(names = "--port", description = "Default: any free one.")
  private int port;

  @Option(
      names = "--first-token",
      paramLabel = "MS",
      description = "Milliseconds to the first token. Default: ${DEFAULT-VALUE}.")
  private int firstToken = 150;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Tokens a second. Default: ${DEFAULT-VALUE}.")
  private double rate = 40;

  OfflineModelCommand() {
    this(new SettingsOptions(), 0);
  }

  OfflineModelCommand(SettingsOptions options, int port) {
    this.options = options;
    this.port = port;
  }

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
