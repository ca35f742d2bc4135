package io.grizz.worker;

import io.grizz.api.Consumer;
import io.grizz.api.JobEvent;
import io.grizz.api.QueueConfig.Leases;
import java.time.Duration;

/**
 * What a worker does for the queue: reaps, promotes and clears, whenever it is its turn. Its rounds
 * belong to one thread.
 */
final class Upkeep {

  private static final Duration BUSY = Duration.ofMillis(100);
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final Consumer consumer;
  private final Leases leases;
  private final Hearing hearing;
  private long reapedNanos = System.nanoTime();
  private volatile boolean scheduled;
  private volatile boolean due = true;

  Upkeep(Consumer consumer, Leases leases, Hearing hearing) {
    this.consumer = consumer;
    this.leases = leases;
    this.hearing = hearing;
  }

  /** One round, and how long to rest after it. */
  Duration round() {
    long now = System.nanoTime();
    if (now - reapedNanos >= leases.reap().toNanos()) {
      reapedNanos = now;
      // why before: when reaping fails, the next round asks the store again, and knows if it is
      // back
      due = true;
      reapAndClear();
    }
    if (scheduled || due) {
      due = false;
      promote();
    }
    return scheduled ? BUSY : IDLE;
  }

  /** Something may wait for its time: the next round looks. */
  void noteScheduled() {
    due = true;
  }

  /** Whether it is known that something waits for its time. */
  boolean scheduled() {
    return scheduled;
  }

  private void reapAndClear() {
    Consumer.Reaped reaped = consumer.reap();
    if (!reaped.equals(Consumer.Reaped.NOTHING)) {
      hearing.tell(new JobEvent.Reaped(reaped));
    }
    consumer.clear().ifPresent(stats -> hearing.tell(new JobEvent.Gauged(stats)));
  }

  private void promote() {
    try {
      Consumer.Tended tended = consumer.tend();
      scheduled = tended.scheduled() > 0;
      if (tended.promoted() + tended.ended() > 0) {
        hearing.tell(new JobEvent.Tended(tended));
      }
    } catch (RuntimeException e) {
      // why any: whatever kept it from looking, something may wait
      due = true;
      throw e;
    }
  }
}
