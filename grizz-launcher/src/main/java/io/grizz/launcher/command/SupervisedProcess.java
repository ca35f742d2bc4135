package io.grizz.launcher.command;

import io.grizz.api.ConfigException;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.telemetry.Logs;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * What the launcher starts. Such a process is handed its settings, and goes without a parser of
 * files or command lines: they would be half the time that a worker takes to start.
 */
public final class SupervisedProcess {

  /** The first word of its command line. */
  public static final String WORD = "supervised";

  private static final String DEV_TOKENS = "dev-tokens";
  private static final String OFFLINE_MODEL = "offline-model";

  private SupervisedProcess() {}

  /** The words that start a worker. */
  static List<String> worker() {
    return List.of(WORD, "worker");
  }

  /** The words that start a web process. */
  static List<String> web(boolean devTokens, boolean offlineModel) {
    List<String> words = new ArrayList<>(List.of(WORD, "web"));
    if (devTokens) {
      words.add(DEV_TOKENS);
    }
    if (offlineModel) {
      words.add(OFFLINE_MODEL);
    }
    return words;
  }

  /** The words that start the offline model. */
  static List<String> offlineModel(int port) {
    return List.of(WORD, OFFLINE_MODEL, String.valueOf(port));
  }

  /** Runs the process that the words name, and says with which code to exit. */
  public static int run(String... args) {
    try {
      Settings settings = settings();
      // why: before any class of ours makes its logger
      Logs.begin(settings.get("log.level").text(), settings.get("log.format").text());
      SettingsOptions options = SettingsOptions.of(settings);
      return process(List.of(args), options).call();
    } catch (Exception e) {
      // why no advice on settings: the launcher has looked at all of them
      return Failure.report(
          e, new PrintWriter(System.err, true, StandardCharsets.UTF_8), bad -> Optional.empty());
    }
  }

  private static Settings settings() {
    String handed = System.getenv(Settings.HANDED_OVER);
    if (handed == null) {
      throw new ConfigException(
          Settings.HANDED_OVER, "not set", "what a launcher sets; people run \"grizz worker\"");
    }
    return Settings.handedOver(handed);
  }

  private static Callable<Integer> process(List<String> words, SettingsOptions options) {
    return switch (words.get(1)) {
      case "worker" -> new WorkerCommand(options);
      case "web" ->
          new WebCommand(options, words.contains(DEV_TOKENS), words.contains(OFFLINE_MODEL));
      case OFFLINE_MODEL -> new OfflineModelCommand(options, Integer.parseInt(words.get(2)));
      default -> throw new IllegalArgumentException("no such process: " + words);
    };
  }
}
