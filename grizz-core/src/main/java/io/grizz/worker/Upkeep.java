package io.grizz.worker;

import io.grizz.api.Consumer;
import io.grizz.api.JobEvent;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.QueueUnavailableException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker does besides running jobs: for its own runs it keeps the clocks, for the queue it
 * reaps, promotes and clears, whenever it is its turn. Its rounds belong to one thread.
 */
final class Upkeep {

  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
  private static final Duration BUSY = Duration.ofMillis(100);
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final Consumer consumer;
  private final Runs runs;
  private final Runner runner;
  private final WorkerConfig.Stuck limits;
  private final Leases leases;
  private final Hearing hearing;
  private long reapedNanos = System.nanoTime();
  private volatile boolean scheduled;
  private volatile boolean due = true;
  private volatile boolean recycle;

  Upkeep(
      Consumer consumer,
      Runs runs,
      Runner runner,
      WorkerConfig.Stuck limits,
      Leases leases,
      Hearing hearing) {
    this.consumer = consumer;
    this.runs = runs;
    this.runner = runner;
    this.limits = limits;
    this.leases = leases;
    this.hearing = hearing;
  }

  /** One round, and how long to rest after it. */
  Duration round() {
    long now = System.nanoTime();
    runs.all().forEach(run -> watch(run, now));
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

  /** Whether so many threads are stuck that the process should be replaced. */
  boolean recycle() {
    return recycle;
  }

  private void watch(Run run, long now) {
    Run.Stop rung = run.clocks().rung(now);
    if (rung != null) {
      run.stop(rung);
    }
    if (run.stoppedFor(limits.after(), now)) {
      runner.replace(run);
      if (runs.stuck() >= limits.most() && !recycle) {
        recycle = true;
        LOG.error("{} threads are stuck: this process should be replaced", runs.stuck());
        hearing.tell(new JobEvent.RecyclingAsked(runs.stuck()));
      }
    }
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
    } catch (QueueUnavailableException e) {
      due = true;
      throw e;
    }
  }
}
