package io.grizz.worker;

import io.grizz.api.Consumer;
import io.grizz.api.Doorbell;
import io.grizz.api.Doorbell.Order;
import io.grizz.api.Handler;
import io.grizz.api.JobContext.OutputLostException;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.Lease;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Takes jobs from a queue and runs each on a virtual thread of its own, under a lease that is
 * renewed for as long as it runs.
 *
 * <p><b>Threads.</b> {@link #start} starts three, and a doorbell; {@link #drain} and {@link #close}
 * end them. All methods may be called from any thread.
 *
 * <p><b>Errors.</b> A handler that throws has its job retried; when what it throws says that the
 * store was away, at no cost to the job. While it is away the worker waits for it; nothing has to
 * be restarted.
 */
public final class Worker implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final Duration TEND_BUSY = Duration.ofMillis(100);
  private static final Duration TEND_IDLE = Duration.ofSeconds(1);
  private static final Duration JOIN = Duration.ofSeconds(3);

  private final JobQueue queue;
  private final Map<String, Handler> handlers;
  private final WorkerConfig config;
  private final Leases leases;
  private final Consumer consumer;
  private final Runs runs;
  private final Settler settler;
  private final LeaseKeeper keeper;
  private final Loop taking;
  private final Loop renewing;
  private final Loop tending;
  private final RandomGenerator random = RandomGenerator.of("SecureRandom");
  private JobEvent.Listener listener;
  private long reapedNanos;
  private volatile boolean scheduled;
  private volatile boolean tendDue = true;
  private @Nullable Doorbell doorbell;

  private Worker(
      JobQueue queue,
      String incarnation,
      Leases leases,
      WorkerConfig config,
      Map<String, Handler> handlers,
      JobEvent.Listener listener) {
    this.queue = queue;
    this.listener = listener;
    this.handlers = Map.copyOf(handlers);
    this.config = config;
    this.leases = leases;
    this.consumer = queue.join(incarnation);
    this.runs = new Runs(config.concurrency());
    this.settler = new Settler(consumer, config, random);
    this.keeper = new LeaseKeeper(consumer, runs, leases, InstantSource.system());
    this.taking = new Loop("grizz-take", this::take);
    this.renewing = new Loop("grizz-renew", this::renew);
    this.tending = new Loop("grizz-tend", this::tend);
    this.reapedNanos = System.nanoTime();
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
    return new Worker(queue, incarnation, leases, config, handlers, JobEvent.Listener.NONE);
  }

  /** The same worker, before it starts, with somebody who hears of what happens. */
  public Worker heardBy(JobEvent.Listener hearer) {
    listener = hearer;
    return this;
  }

  /** Begins to take jobs. */
  public void start() {
    doorbell = queue.doorbell(new Orders());
    renewing.start();
    tending.start();
    taking.start();
  }

  /** Puts back at once what a dead worker left behind: whoever calls saw it end. */
  public Consumer.Reaped release(String deadIncarnation) {
    Consumer.Reaped reaped = consumer.release(deadIncarnation);
    tell(reaped);
    return reaped;
  }

  /** How many jobs run here now. */
  public int running() {
    return config.concurrency() - runs.free();
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
    taking.join(JOIN);
    if (!runs.awaitEmpty(grace.toNanos())) {
      runs.stopAll(Run.Stop.DRAINED);
      boolean left = runs.awaitEmpty(JOIN.toNanos());
      if (!left) {
        LOG.warn("{} jobs ignore their interrupt; their leases run out", running());
      }
    }
    tending.end();
    renewing.end();
    tending.join(JOIN);
    renewing.join(JOIN);
    if (doorbell != null) {
      doorbell.close();
    }
    consumer.close();
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

  private Duration take() throws InterruptedException {
    runs.awaitFree();
    Consumer.Taken taken = consumer.take(runs.free(), runs.ids());
    taken.leases().forEach(this::begin);
    if (taken.scheduled() > 0 && !scheduled) {
      tendSoon();
    }
    if (taken.leases().isEmpty() && !taking.ending()) {
      consumer.listen(taken.paused() ? TEND_IDLE : leases.block());
      return taken.paused() ? TEND_BUSY : Duration.ZERO;
    }
    return Duration.ZERO;
  }

  private Duration renew() {
    keeper.tick();
    return leases.renew();
  }

  private Duration tend() {
    long now = System.nanoTime();
    stopOverdue(now);
    if (now - reapedNanos >= leases.reap().toNanos()) {
      reapedNanos = now;
      tell(consumer.reap());
      tendDue = true;
    }
    if (scheduled || tendDue) {
      tendDue = false;
      promote();
    }
    return scheduled ? TEND_BUSY : TEND_IDLE;
  }

  private void promote() {
    try {
      scheduled = consumer.tend() > 0;
    } catch (QueueUnavailableException e) {
      tendDue = true;
      throw e;
    }
  }

  /** Something may wait for its time: looks at once. */
  private void tendSoon() {
    tendDue = true;
    tending.nudge();
  }

  private void stopOverdue(long now) {
    for (Run run : runs.all()) {
      if (now - run.startedNanos() > config.attemptTimeout().toNanos()) {
        run.stop(Run.Stop.TIMED_OUT);
      } else if (now - run.progressNanos() > config.noProgress().toNanos()) {
        run.stop(Run.Stop.SILENT);
      }
    }
  }

  private void begin(Lease lease) {
    Run run = new Run(lease, consumer, random, System.nanoTime());
    runs.add(run);
    Thread.ofVirtual().name("grizz-job-" + lease.job().id()).start(() -> run(run));
  }

  private void run(Run run) {
    Lease lease = run.lease();
    // why no removal: the thread is the job's own and ends with it
    MDC.put("job", lease.job().id().toString());
    MDC.put("attempt", String.valueOf(lease.attempt()));
    lease.job().sender().user().ifPresent(user -> MDC.put("user", user.toString()));
    tell(new JobEvent.Started(lease));
    try {
      Outcome outcome = outcome(run);
      Settlement settlement = settlement(run, outcome);
      if (run.stopped() != Run.Stop.LEASE_LOST) {
        Settled settled = settler.settle(run.lease(), settlement, event(run, outcome));
        report(run, settlement, settled);
      } else {
        tell(new JobEvent.Fenced(run.lease()));
      }
    } catch (InterruptedException e) {
      LOG.warn("interrupted while it was settled; its lease runs out");
    } catch (RuntimeException e) {
      LOG.error("could not be settled; its lease runs out", e);
    } finally {
      boolean wasFull = runs.remove(run);
      if (!wasFull && runs.isEmpty()) {
        // why: a process that runs nothing may take a suspect, which its reader did not listen for
        wake();
      }
    }
  }

  /** One line for each job, at its end; all else about a job is for those who look closely. */
  private void report(Run run, Settlement settlement, Settled settled) {
    String type = run.lease().job().type();
    Duration ran = Duration.ofNanos(System.nanoTime() - run.startedNanos());
    long millis = ran.toMillis();
    tell(
        settled == Settled.FENCED
            ? new JobEvent.Fenced(run.lease())
            : new JobEvent.Ended(run.lease(), settlement, ran));
    if (settled == Settled.FENCED) {
      LOG.debug("{}: fenced after {} ms", type, millis);
      return;
    }
    switch (settlement) {
      case Settlement.Complete done -> LOG.info("{} completed in {} ms", type, millis);
      case Settlement.Cancel cancel -> LOG.info("{} cancelled after {} ms", type, millis);
      case Settlement.DeadLetter(String reason) ->
          LOG.warn("{} given up on after {} ms: {}", type, millis, reason);
      case Settlement.Retry(var delay, String reason) ->
          LOG.debug("{} retried in {}: {}", type, delay, reason);
      case Settlement.Snooze(var delay, String reason) ->
          LOG.debug("{} put off for {}: {}", type, delay, reason);
      case Settlement.Release(String reason) -> LOG.debug("{} released: {}", type, reason);
    }
  }

  private void tell(Consumer.Reaped reaped) {
    if (!reaped.equals(Consumer.Reaped.NOTHING)) {
      tell(new JobEvent.Reaped(reaped));
    }
  }

  private void tell(JobEvent event) {
    try {
      listener.on(event);
    } catch (RuntimeException e) {
      // why: whoever only listens must not stop a job
      LOG.warn("a listener failed on {}", event.getClass().getSimpleName(), e);
    }
  }

  /** Frees the reader: it ends, or finds what it did not listen for. */
  private void wake() {
    try {
      consumer.wake();
    } catch (QueueUnavailableException e) {
      LOG.debug("the reader could not be woken: {}", e.getMessage());
    }
  }

  private @Nullable Outcome outcome(Run run) {
    Lease lease = run.lease();
    Handler handler = handlers.get(lease.job().type());
    if (handler == null) {
      LOG.warn("{}: no handler for type {}", lease.job().id(), lease.job().type());
      return new Outcome.Snooze(config.unknownType(), "no handler for " + lease.job().type());
    }
    try {
      return run.handle(handler);
    } catch (InterruptedException e) {
      return null;
    } catch (QueueUnavailableException e) {
      return new Outcome.Snooze(e.retryAfter(), "the queue was away");
    } catch (OutputLostException e) {
      return new Outcome.Snooze(Duration.ZERO, "the queue lost output");
    } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
      // why these errors: they are the handler's, and the process is sound
      LOG.debug("{}: attempt {} failed", lease.job().id(), lease.attempt(), e);
      return failed(e.getClass().getSimpleName());
    }
  }

  private static Outcome failed(String reason) {
    return new Outcome.Retry(Optional.empty(), reason);
  }

  private static Optional<Consumer.Event> event(Run run, @Nullable Outcome outcome) {
    return outcome instanceof Outcome.Closed closed
        ? Optional.of(run.terminal(closed.frame()))
        : Optional.empty();
  }

  private Settlement settlement(Run run, @Nullable Outcome outcome) {
    Lease lease = run.lease();
    Run.Stop stop = run.stopped();
    boolean ended = outcome instanceof Outcome.Done || outcome instanceof Outcome.Closed;
    if (ended || stop == null) {
      return settler.decide(lease, outcome == null ? failed("interrupted itself") : outcome);
    }
    return switch (stop) {
      case CANCELLED -> new Settlement.Cancel();
      case DRAINED, LEASE_LOST -> new Settlement.Release("the worker stopped");
      case TIMED_OUT -> settler.decide(lease, failed("took too long"));
      case SILENT -> settler.decide(lease, failed("showed no progress"));
    };
  }
}
