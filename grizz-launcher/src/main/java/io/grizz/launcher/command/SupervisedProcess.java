package io.grizz.launcher.command;

import io.grizz.launcher.telemetry.Logs;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * What the launcher starts. Such a process takes its settings from the environment and a few words
 * from the launcher, and goes without picocli: that library's classes are too old for the JVM's
 * class archive, and would be a third of the time that a worker takes to start.
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
    // why: before any class of ours makes its logger
    Logs.begin();
    List<String> words = List.of(args);
    SettingsOptions options = new SettingsOptions();
    try {
      return process(words, options).call();
    } catch (Exception e) {
      return Failure.report(
          e, new PrintWriter(System.err, true, StandardCharsets.UTF_8), options::remedy);
    }
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
