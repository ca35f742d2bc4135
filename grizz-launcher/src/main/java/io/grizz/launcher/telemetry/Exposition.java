package io.grizz.launcher.telemetry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Texts of several processes as one: what is said of a name may be said once, and in one place. */
final class Exposition {

  private Exposition() {}

  /** What is said of one name: its help and type, and its samples. */
  private record Family(List<String> head, List<String> samples) {}

  static String of(List<String> texts) {
    Map<String, Family> families = new LinkedHashMap<>();
    for (String text : texts) {
      Family family = new Family(new ArrayList<>(), new ArrayList<>());
      for (String line : text.lines().toList()) {
        if (line.startsWith("# ")) {
          String name = line.split(" ", 4)[2];
          family =
              families.computeIfAbsent(
                  name, it -> new Family(new ArrayList<>(), new ArrayList<>()));
          if (family.samples().isEmpty() && !family.head().contains(line)) {
            family.head().add(line);
          }
        } else {
          family.samples().add(line);
        }
      }
    }
    StringBuilder all = new StringBuilder();
    families
        .values()
        .forEach(family -> {
          family.head().forEach(line -> all.append(line).append('\n'));
          family.samples().forEach(line -> all.append(line).append('\n'));
        });
    return all.toString();
  }
}
