package io.grizz.launcher.supervise;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Starts a command in a session of its own, so that a terminal's Ctrl-C reaches the supervisor
 * alone: {@code setsid} on Linux, Perl's on macOS, which has no such command.
 */
final class OwnSession {

  private OwnSession() {}

  static List<String> of(List<String> command) {
    List<String> words = new ArrayList<>();
    if (onPath("setsid")) {
      words.add("setsid");
    } else if (onPath("perl")) {
      words.addAll(List.of("perl", "-MPOSIX", "-e", "setsid(); exec @ARGV or die $!", "--"));
    }
    words.addAll(command);
    return words;
  }

  private static boolean onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Pattern.compile(Pattern.quote(File.pathSeparator))
        .splitAsStream(path)
        .anyMatch(folder -> new File(folder, program).canExecute());
  }
}
