package io.grizz.worker;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The three clocks of one run: how long it may take, how long it may be silent, and how long the
 * job is worth running. They never run backwards, whatever is done to the machine's time.
 */
final class Clocks {

  /** Longer than any process lives, and short enough to count in nanoseconds. */
  private static final Duration FOR_EVER = Duration.ofDays(10_000);

  private final Instant startedAt;
  private final long startedNanos;
  private final long silenceNanos;
  private final long deadlineNanos;
  private volatile long attemptNanos;
  private volatile long progressNanos;

  /**
   * Starts them.
   *
   * @param left until the job's deadline
   */
  Clocks(WorkerConfig.Timeouts timeouts, Duration left, long nowNanos, Instant now) {
    this.startedAt = now;
    this.startedNanos = nowNanos;
    this.progressNanos = nowNanos;
    this.attemptNanos = bounded(timeouts.attempt());
    this.silenceNanos = bounded(timeouts.noProgress());
    this.deadlineNanos = bounded(left);
  }

  void progress(long nowNanos) {
    progressNanos = nowNanos;
  }

  /** The attempt is over, and may take as long as the job has to be kept. */
  void finishing() {
    attemptNanos = deadlineNanos;
  }

  /** Which of them has rung, if one has. */
  Run.@Nullable Stop rung(long nowNanos) {
    if (nowNanos - startedNanos >= deadlineNanos) {
      return Run.Stop.EXPIRED;
    }
    if (nowNanos - startedNanos >= attemptNanos) {
      return Run.Stop.TIMED_OUT;
    }
    return nowNanos - progressNanos >= silenceNanos ? Run.Stop.SILENT : null;
  }

  Duration ran(long nowNanos) {
    return Duration.ofNanos(nowNanos - startedNanos);
  }

  /** When the run is stopped, however alive it is. */
  Instant deadline() {
    return startedAt.plusNanos(Math.min(attemptNanos, deadlineNanos));
  }

  private static long bounded(Duration time) {
    return time.compareTo(FOR_EVER) < 0 ? time.toNanos() : FOR_EVER.toNanos();
  }
}
