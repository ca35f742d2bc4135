package io.grizz.redis;

import io.grizz.api.ConfigException;
import io.grizz.api.QueueConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What all who use one queue at a time must agree on, and the version of its data. Written as text,
 * it stands in the queue, and scripts compare it as a whole.
 */
final class Agreement {

  /** The version of the keys and fields that this Grizz reads and writes. */
  static final int VERSION = 1;

  private final String queue;
  private final Map<String, String> terms;

  Agreement(QueueConfig config) {
    queue = config.name();
    terms = new LinkedHashMap<>();
    terms.put("version", String.valueOf(VERSION));
    terms.put("lease", String.valueOf(config.leases().lease().toMillis()));
    terms.put("capacity", String.valueOf(config.capacity()));
    terms.put("soft-limit", String.valueOf(config.softLimit()));
    terms.put("crashes", String.valueOf(config.crashes()));
  }

  /** The terms as text. */
  String text() {
    return terms.entrySet().stream()
        .map(term -> term.getKey() + "=" + term.getValue())
        .collect(Collectors.joining(" "));
  }

  /** Says that the data were written by a newer Grizz. */
  ConfigException newer(String theirs) {
    return new ConfigException(
        "the version of the data of queue " + queue,
        of(parsed(theirs), "version"),
        VERSION + " or older. They are left alone: upgrade this Grizz, or use another queue.name");
  }

  /** Says on what others disagree. */
  ConfigException other(String theirs) {
    Map<String, String> there = parsed(theirs);
    String term =
        terms.keySet().stream()
            .filter(name -> !of(terms, name).equals(of(there, name)))
            .findFirst()
            .orElse("version");
    String unit = term.equals("lease") ? " ms" : "";
    return new ConfigException(
        (term.equals("crashes") ? "worker." : "queue.") + term,
        "%s%s here and %s%s for the workers of queue %s"
            .formatted(of(terms, term), unit, of(there, term), unit, queue),
        "the same for all who use it. Stop those workers, or use another queue.name");
  }

  private static String of(Map<String, String> terms, String name) {
    return terms.getOrDefault(name, "unknown");
  }

  private static Map<String, String> parsed(String text) {
    return Arrays.stream(text.split(" "))
        .map(term -> term.split("=", 2))
        .collect(
            Collectors.toMap(
                pair -> pair[0], pair -> pair.length > 1 ? pair[1] : "", (one, two) -> two));
  }
}
