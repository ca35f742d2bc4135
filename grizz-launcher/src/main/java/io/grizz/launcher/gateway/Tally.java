package io.grizz.launcher.gateway;

import static java.util.stream.Collectors.toMap;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How often something happened, by a code of ours: never by anything that a client chooses. */
final class Tally {

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  void count(String code) {
    counts.computeIfAbsent(code, it -> new LongAdder()).increment();
  }

  Map<String, Long> all() {
    return counts.entrySet().stream().collect(toMap(Map.Entry::getKey, it -> it.getValue().sum()));
  }
}
