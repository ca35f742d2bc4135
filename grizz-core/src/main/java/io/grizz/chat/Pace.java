package io.grizz.chat;

import io.grizz.chat.ChatConfig.Flush;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long tokens are gathered before they become an event: the longer, the slower events are
 * written, so that a busy system gets fewer and larger ones. All answers of a process share one.
 *
 * <p><b>Threads.</b> Safe for any number of threads.
 */
final class Pace {

  /** An answer spends about an eighth of its time on writing, at most. */
  private static final int SHARE = 8;

  /** How many events it takes for the mean to follow. */
  private static final int WEIGHT = 16;

  private final Flush flush;
  private final AtomicLong meanNanos = new AtomicLong();

  Pace(Flush flush) {
    this.flush = flush;
  }

  /** An event was written, which took so long. */
  void took(long nanos) {
    meanNanos.accumulateAndGet(nanos, (mean, next) -> mean + (next - mean) / WEIGHT);
  }

  /** How long to gather now. */
  long nanos() {
    return Math.clamp(meanNanos.get() * SHARE, flush.after().toNanos(), flush.most().toNanos());
  }
}
