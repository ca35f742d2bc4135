package io.grizz.worker;

import io.grizz.api.JobEvent;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the clocks of what runs here. Its rounds belong to one thread, and never wait for the
 * store: who is late because the store is away is stopped in time all the same.
 */
final class Watch {

  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  /** Looks in one lease, and the longest time between two. */
  private static final int LOOKS = 30;

  private static final Duration SELDOM = Duration.ofSeconds(1);

  private final Runs runs;
  private final Runner runner;
  private final LeaseKeeper keeper;
  private final WorkerConfig.Stuck limits;
  private final Hearing hearing;
  private final Duration rest;
  private final AtomicBoolean recycle = new AtomicBoolean();

  Watch(
      Runs runs,
      Runner runner,
      LeaseKeeper keeper,
      WorkerConfig.Stuck limits,
      Duration lease,
      Hearing hearing) {
    this.runs = runs;
    this.runner = runner;
    this.keeper = keeper;
    this.limits = limits;
    this.hearing = hearing;
    Duration often = lease.dividedBy(LOOKS);
    this.rest = often.compareTo(SELDOM) < 0 ? often : SELDOM;
  }

  /** One round, and how long to rest after it. */
  Duration round() {
    keeper.fence();
    long now = System.nanoTime();
    runs.all().forEach(run -> watch(run, now));
    return rest;
  }

  /** Whether so many threads are stuck that the process should be replaced. */
  boolean recycle() {
    return recycle.get();
  }

  private void watch(Run run, long now) {
    Run.Stop rung = run.clocks().rung(now);
    if (rung != null) {
      run.stop(rung);
    }
    if (run.stoppedFor(limits.after(), now)) {
      runner.replace(run);
      if (runs.stuck() >= limits.most() && recycle.compareAndSet(false, true)) {
        LOG.error("{} threads are stuck: this process should be replaced", runs.stuck());
        hearing.tell(new JobEvent.RecyclingAsked(runs.stuck()));
      }
    }
  }
}
