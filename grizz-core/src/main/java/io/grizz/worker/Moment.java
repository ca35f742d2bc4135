package io.grizz.worker;

import java.time.Duration;
import java.time.InstantSource;

/**
 * A moment by two clocks: one goes on while the machine sleeps, the other is not set by anybody.
 */
record Moment(long nanos, long millis) {

  static Moment now(InstantSource clock) {
    return new Moment(System.nanoTime(), clock.millis());
  }

  /** The time since an earlier one: the larger of what the two clocks say. */
  Duration since(Moment earlier) {
    return Duration.ofMillis(
        Math.max((nanos - earlier.nanos) / 1_000_000, millis - earlier.millis));
  }
}
