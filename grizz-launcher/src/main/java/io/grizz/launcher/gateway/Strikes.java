package io.grizz.launcher.gateway;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Counts what may happen only so often within any minute. Belongs to one thread. */
final class Strikes {

  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final int out;
  private final Deque<Long> lately = new ArrayDeque<>();

  /**
   * @param out how many within a minute are too many
   */
  Strikes(int out) {
    this.out = out;
  }

  /** Counts one more; true when it is one too many. */
  boolean out(long nowNanos) {
    lately.removeIf(at -> nowNanos - at >= MINUTE);
    lately.add(nowNanos);
    return lately.size() >= out;
  }
}
