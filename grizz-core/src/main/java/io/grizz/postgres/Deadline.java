package io.grizz.postgres;

import java.time.Duration;
import java.util.Optional;

/** Until when a call must be over, if anybody minds. By this process's monotonic clock. */
final class Deadline {

  /** Nobody minds. */
  static final Deadline NONE = new Deadline(Optional.empty());

  private static final Duration NOTHING_LEFT = Duration.ofMillis(1);

  private final Optional<Long> endNanos;

  private Deadline(Optional<Long> endNanos) {
    this.endNanos = endNanos;
  }

  static Deadline in(Duration longest) {
    return new Deadline(Optional.of(System.nanoTime() + longest.toNanos()));
  }

  boolean set() {
    return endNanos.isPresent();
  }

  boolean over() {
    return endNanos.isPresent() && endNanos.get() - System.nanoTime() <= 0;
  }

  /** What is left, but not more than {@code most}; never zero, which would mean for ever. */
  Duration within(Duration most) {
    Duration left = endNanos.map(it -> Duration.ofNanos(it - System.nanoTime())).orElse(most);
    Duration least = left.compareTo(most) < 0 ? left : most;
    return least.compareTo(NOTHING_LEFT) < 0 ? NOTHING_LEFT : least;
  }
}
