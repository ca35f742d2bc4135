package io.grizz.worker;

import io.grizz.api.ConfigException;
import io.grizz.api.Consumer;
import io.grizz.api.Doorbell;
import io.grizz.api.Doorbell.Order;
import io.grizz.api.Handler;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.QueueUnavailableException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs from a queue and runs each on a virtual thread of its own, under a lease that is
 * renewed for as long as it runs.
 *
 * <p><b>Threads.</b> {@link #start} starts four, and a doorbell; {@link #drain} and {@link #close}
 * end them. All methods may be called from any thread.
 *
 * <p><b>Errors.</b> A handler that throws has its job retried; when what it throws says that the
 * store was away, at no cost to the job. While it is away the worker waits for it; nothing has to
 * be restarted.
 */
public final class Worker implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final Duration PAUSED = Duration.ofSeconds(1);
  private static final Duration JOIN = Duration.ofSeconds(3);

  /** Tries to renew in one lease when it fails, and the longest time between two. */
  private static final int TRIES = 30;

  private static final Duration IMPATIENT = Duration.ofSeconds(1);

  private final JobQueue queue;
  private final Leases leases;
  private final Consumer consumer;
  private final Runs runs;
  private final Runner runner;
  private final LeaseKeeper keeper;
  private final Watch watch;
  private final Upkeep upkeep;
  private final InstantSource clock = InstantSource.system();
  private final Hearing hearing = new Hearing();
  private final Loop taking;
  private final Loop renewing;
  private final Loop tending;
  private final Loop watching;
  private @Nullable Doorbell doorbell;

  private Worker(
      JobQueue queue,
      String incarnation,
      Leases leases,
      WorkerConfig config,
      Map<String, Handler> handlers) {
    this.queue = queue;
    this.leases = leases;
    this.consumer = queue.join(incarnation);
    this.runs = new Runs(config.concurrency());
    this.runner = new Runner(consumer, config, handlers, runs, hearing);
    this.keeper = new LeaseKeeper(consumer, runs, leases, clock);
    this.watch = new Watch(runs, runner, keeper, config.stuck(), leases.lease(), hearing);
    this.upkeep = new Upkeep(consumer, leases, hearing);
    this.taking = new Loop("grizz-take", this::take, hearing);
    this.renewing = new Loop("grizz-renew", this::renew, impatience(leases.lease()), hearing);
    this.tending = new Loop("grizz-tend", upkeep::round, hearing);
    this.watching = new Loop("grizz-watch", watch::round, hearing);
  }

  /**
   * Makes a worker; {@link #start} lets it begin.
   *
   * @param incarnation unique for each start of a process
   * @param handlers by job type
   */
  public static Worker of(
      JobQueue queue,
      String incarnation,
      Leases leases,
      WorkerConfig config,
      Map<String, Handler> handlers) {
    return new Worker(queue, incarnation, leases, config, handlers);
  }

  /** The same worker, before it starts, with somebody who hears of what happens. */
  public Worker heardBy(JobEvent.Listener hearer) {
    hearing.hear(hearer);
    return this;
  }

  /** Begins to take jobs. */
  public void start() {
    doorbell = queue.doorbell(new Orders());
    watching.start();
    renewing.start();
    tending.start();
    taking.start();
  }

  /** Puts back at once what a dead worker left behind: whoever calls saw it end. */
  public Consumer.Reaped release(String deadIncarnation) {
    Consumer.Reaped reaped = consumer.release(deadIncarnation);
    if (!reaped.equals(Consumer.Reaped.NOTHING)) {
      hearing.tell(new JobEvent.Reaped(reaped));
    }
    return reaped;
  }

  /** How many jobs run here now. */
  public int running() {
    return runs.all().size();
  }

  /** Whether so many threads here ignore their interrupt that the process should be replaced. */
  public boolean wantsRecycling() {
    return watch.recycle();
  }

  /** Takes nothing more; what runs goes on, and {@link #drain} is still to come. */
  public void quiesce() {
    taking.end();
    wake();
  }

  /**
   * Takes nothing more and lets what runs end within {@code grace}; what does not is interrupted,
   * and released to other workers at no cost to the job.
   */
  public void drain(Duration grace) throws InterruptedException {
    quiesce();
    try {
      taking.join(JOIN);
      if (!runs.awaitEmpty(grace.toNanos())) {
        runs.stopAll(Run.Stop.DRAINED);
        boolean left = runs.awaitEmpty(JOIN.toNanos());
        if (!left) {
          LOG.warn("{} jobs ignore their interrupt; they are given back without them", running());
        }
      }
    } finally {
      // why also when interrupted: whoever drains does not come again, and these would go on
      end();
    }
  }

  private void end() throws InterruptedException {
    runs.stopAll(Run.Stop.DRAINED);
    List<Loop> loops = List.of(tending, renewing, watching);
    loops.forEach(Loop::end);
    try {
      for (Loop loop : loops) {
        loop.join(JOIN);
      }
    } finally {
      leave();
      if (doorbell != null) {
        doorbell.close();
      }
      consumer.close();
    }
  }

  /** Drains without grace. */
  @Override
  public void close() {
    try {
      drain(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What every worker is told; it stops what runs here, and knows nothing of the rest. */
  private final class Orders implements Doorbell.Listener {
    @Override
    public void ordered(Order order) {
      switch (order) {
        case Order.Cancel(UUID job) -> runs.stop(job, Run.Stop.CANCELLED);
        case Order.Tend() -> tendSoon();
        case Order.Kick(UUID user) -> LOG.trace("not for workers: kick {}", user);
      }
    }

    @Override
    public void missed() {
      tendSoon();
    }
  }

  /** What is still leased here, by a lost reply or a thread that does not stop, waits again. */
  private void leave() {
    try {
      int left = consumer.leave();
      LOG.debug("left the queue, with {} jobs to be run by others", left);
    } catch (QueueUnavailableException | ConfigException e) {
      LOG.warn("could not leave the queue: {}. What is leased here runs out", e.getMessage());
    }
  }

  private Duration take() throws InterruptedException {
    runs.awaitFree();
    Moment asked = Moment.now(clock);
    Consumer.Taken taken = consumer.take(runs.free(), runs.ids());
    if (taking.ending()) {
      // why: this answer may come after all else has ended, and nobody would renew what it brings
      taken.leases().forEach(runner::decline);
      return Duration.ZERO;
    }
    taken.leases().forEach(lease -> runner.begin(lease, taken.at(), asked));
    if (taken.scheduled() > 0 && !upkeep.scheduled()) {
      tendSoon();
    }
    if (taken.leases().isEmpty()) {
      consumer.listen(taken.paused() ? PAUSED : leases.block());
    }
    return Duration.ZERO;
  }

  private Duration renew() {
    keeper.renew();
    return leases.renew();
  }

  /** How long to rest at most after a renewal that failed: others may start what is not renewed. */
  private static Duration impatience(Duration lease) {
    Duration often = lease.dividedBy(TRIES);
    return often.compareTo(IMPATIENT) < 0 ? often : IMPATIENT;
  }

  /** Something may wait for its time: looks at once. */
  private void tendSoon() {
    upkeep.noteScheduled();
    tending.nudge();
  }

  /** Frees the reader. */
  private void wake() {
    try {
      consumer.wake();
    } catch (QueueUnavailableException | ConfigException e) {
      LOG.debug("the reader could not be woken: {}", e.getMessage());
    }
  }
}
