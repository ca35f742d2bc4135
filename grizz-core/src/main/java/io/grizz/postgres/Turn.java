package io.grizz.postgres;

import java.time.Duration;

/**
 * A wait for a connection.
 *
 * @param name of the transaction that needs it
 * @param patience for how long to wait in all
 * @param sinceNanos by this process's monotonic clock
 */
record Turn(String name, Duration patience, long sinceNanos) {

  static Turn now(String name, Duration patience) {
    return new Turn(name, patience, System.nanoTime());
  }

  Duration waited() {
    return Duration.ofNanos(System.nanoTime() - sinceNanos);
  }

  /** Negative when it is over. */
  Duration left() {
    return patience.minus(waited());
  }
}
