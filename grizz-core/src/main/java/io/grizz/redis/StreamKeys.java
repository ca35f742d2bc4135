package io.grizz.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The names of one queue's keys: the only place that spells them in Java; {@code prelude.lua} is
 * the only one that does in Lua. All carry the same hash tag, so that a cluster keeps them
 * together.
 */
final class StreamKeys {

  /** The lanes in the order in which they are read; scripts number them from 1. */
  static final List<String> LANES = List.of("again", "suspect", "high", "normal", "low");

  /** The consumer group of every lane. */
  static final String GROUP = "workers";

  private final String prefix;
  private final List<String> lanes;
  private final List<String> all;

  StreamKeys(String queue) {
    prefix = "grizz:{" + queue + "}:";
    lanes = LANES.stream().map(lane -> prefix + "ready:" + lane).toList();
    List<String> keys = new ArrayList<>(lanes);
    Stream.of("later", "expires", "ended", "dead", "workers", "reserved", "meta", "over")
        .map(name -> prefix + name)
        .forEach(keys::add);
    all = List.copyOf(keys);
  }

  /** What job, log and idempotency keys begin with. */
  String prefix() {
    return prefix;
  }

  /** The lanes alone. */
  List<String> lanes() {
    return lanes;
  }

  /** The fixed keys in the order in which every script gets them. */
  List<String> all() {
    return all;
  }

  String job(String id) {
    return prefix + "job:" + id;
  }

  String ended() {
    return prefix + "ended";
  }

  /** Where a large payload stands. */
  String payload(String id) {
    return job(id) + ":payload";
  }

  String turn(String task) {
    return prefix + "turn:" + task;
  }
}
