package io.grizz.launcher.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The known name that somebody may have meant. */
public final class Nearest {

  private static final int FAR = 4;

  private Nearest() {}

  /** The nearest of {@code known}; empty when none is near. */
  public static Optional<String> to(String name, Collection<String> known) {
    return known.stream()
        .filter(each -> distance(name, each) < Math.min(FAR, Math.max(2, name.length())))
        .min(Comparator.comparingInt(each -> distance(name, each)));
  }

  /** Levenshtein's: letters to add, drop or change. */
  private static int distance(String from, String to) {
    int[] above = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int[] row = new int[to.length() + 1];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int change = above[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[to.length()];
  }
}
