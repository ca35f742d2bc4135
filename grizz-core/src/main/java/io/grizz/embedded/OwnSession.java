package io.grizz.embedded;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * Starts a command in a session of its own, so that a terminal's Ctrl-C does not reach it: {@code
 * setsid} on Linux, Perl's {@code setsid} on macOS, which has no such command.
 */
final class OwnSession {

  private OwnSession() {}

  static List<String> of(String... command) {
    List<String> words = new ArrayList<>();
    if (onPath("setsid")) {
      words.add("setsid");
    } else if (onPath("perl")) {
      words.addAll(List.of("perl", "-MPOSIX", "-e", "setsid(); exec @ARGV or die $!", "--"));
    }
    words.addAll(List.of(command));
    return words;
  }

  private static boolean onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    for (StringTokenizer folders = new StringTokenizer(path, File.pathSeparator);
        folders.hasMoreTokens(); ) {
      if (new File(folders.nextToken(), program).canExecute()) {
        return true;
      }
    }
    return false;
  }
}
