package io.grizz.worker;

import io.grizz.api.ConfigException;
import io.grizz.api.Consumer;
import io.grizz.api.Handler;
import io.grizz.api.JobContext.OutputLostException;
import io.grizz.api.JobEvent;
import io.grizz.api.Lease;
import io.grizz.api.Outcome;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Runs leased jobs, each on a virtual thread of its own, and gives each back once: by its own
 * thread, or, when that does not stop, by another one in its place.
 */
final class Runner {

  private static final Logger LOG = LoggerFactory.getLogger(Runner.class);

  /** The reason's code of a job whose type nobody knows; stores end it as dead, not as expired. */
  private static final String UNKNOWN_TYPE = "unknown_type: no handler for ";

  private final Map<String, Handler> handlers;
  private final WorkerConfig config;
  private final Consumer consumer;
  private final Runs runs;
  private final Settler settler;
  private final Hearing hearing;
  private final RandomGenerator random;
  private final InstantSource clock = InstantSource.system();

  Runner(
      Consumer consumer,
      WorkerConfig config,
      Map<String, Handler> handlers,
      Runs runs,
      Hearing hearing) {
    this.consumer = consumer;
    this.config = config;
    this.handlers = Map.copyOf(handlers);
    this.runs = runs;
    this.hearing = hearing;
    this.random = RandomGenerator.of("SecureRandom");
    this.settler = new Settler(consumer, config, random);
  }

  /**
   * Starts a run.
   *
   * @param taken when the lease was given, by the store's clock
   * @param asked a moment before that, by the clocks here
   */
  void begin(Lease lease, Instant taken, Moment asked) {
    Duration left =
        lease.job().schedule().expiresAt().map(end -> Duration.between(taken, end)).orElseThrow();
    Clocks clocks = new Clocks(config.timeouts(), left, System.nanoTime(), clock.instant());
    Run run = new Run(lease, asked, consumer, random, clocks, hearing);
    runs.add(run);
    Thread.ofVirtual().name("grizz-job-" + lease.job().id()).start(() -> run(run));
  }

  /** Gives back what was taken too late to begin. */
  void decline(Lease lease) {
    try {
      Settled settled =
          consumer.settle(lease, new Settlement.Release("the worker stopped"), Optional.empty());
      LOG.debug("{}: came too late to begin: {}", lease.job().id(), settled);
    } catch (QueueUnavailableException | ConfigException e) {
      LOG.warn("{}: could not be given back; its lease runs out", lease.job().id(), e);
    }
  }

  /** Takes the slot of a run that does not stop, and gives its job back. */
  void replace(Run run) {
    if (!run.abandon()) {
      return;
    }
    int stuck = runs.replace(run);
    LOG.warn(
        "{}: was told to stop and goes on; its job is given back ({} stuck threads here)",
        run.lease().job().id(),
        stuck);
    hearing.tell(new JobEvent.Stuck(run.lease(), stuck));
    Thread.ofVirtual()
        .name("grizz-give-back-" + run.lease().job().id())
        .start(() -> giveBack(run, null));
  }

  private void run(Run run) {
    Lease lease = run.lease();
    // why no removal: the thread is the job's own and ends with it
    MDC.put("job", lease.job().id().toString());
    MDC.put("attempt", String.valueOf(lease.attempt()));
    lease.job().sender().user().ifPresent(user -> MDC.put("user", user.toString()));
    hearing.tell(new JobEvent.Started(lease));
    try {
      Outcome outcome = outcome(run);
      if (run.abandoned()) {
        LOG.info("came back {} ms after its start", run.clocks().ran(System.nanoTime()).toMillis());
      } else {
        giveBack(run, outcome);
      }
    } finally {
      boolean wasFull = runs.remove(run);
      if (!wasFull && runs.isEmpty()) {
        // why: a process that runs nothing may take a suspect, which its reader did not listen for
        wake();
      }
    }
  }

  private void giveBack(Run run, @Nullable Outcome outcome) {
    try {
      // why also when the lease is said to be lost: the store knows, and answers that it is fenced
      Settlement settlement = settler.decide(run, outcome);
      report(run, settlement, settler.settle(run.lease(), settlement, Settler.event(run, outcome)));
    } catch (InterruptedException e) {
      LOG.warn("interrupted while it was settled; its lease runs out");
    } catch (RuntimeException e) {
      LOG.error("could not be settled; its lease runs out", e);
    } finally {
      run.noteSettled();
    }
  }

  /** One line for each job, at its end; all else about a job is for those who look closely. */
  private void report(Run run, Settlement settlement, Settled settled) {
    String type = run.lease().job().type();
    Duration ran = run.clocks().ran(System.nanoTime());
    long millis = ran.toMillis();
    if (settled == Settled.FENCED) {
      hearing.tell(new JobEvent.Fenced(run.lease()));
      LOG.debug("{}: fenced after {} ms", type, millis);
      return;
    }
    hearing.tell(new JobEvent.Ended(run.lease(), settlement, ran));
    switch (settlement) {
      case Settlement.Complete done -> LOG.info("{} completed in {} ms", type, millis);
      case Settlement.Cancel cancel -> LOG.info("{} cancelled after {} ms", type, millis);
      case Settlement.DeadLetter(String reason) ->
          LOG.warn("{} given up on after {} ms: {}", type, millis, reason);
      case Settlement.Expire(String reason) ->
          LOG.info("{} reached its deadline after {} ms", type, millis);
      case Settlement.Retry(var delay, String reason) ->
          LOG.debug("{} retried in {}: {}", type, delay, reason);
      case Settlement.Snooze(var delay, String reason) ->
          LOG.debug("{} put off for {}: {}", type, delay, reason);
      case Settlement.Release(String reason) -> LOG.debug("{} released: {}", type, reason);
    }
  }

  /** Frees the reader: it ends, or finds what it did not listen for. */
  private void wake() {
    try {
      consumer.wake();
    } catch (QueueUnavailableException | ConfigException e) {
      LOG.debug("the reader could not be woken: {}", e.getMessage());
    }
  }

  private @Nullable Outcome outcome(Run run) {
    Lease lease = run.lease();
    Handler handler = handlers.get(lease.job().type());
    if (handler == null) {
      LOG.warn("no handler for {} here; put off until one is, or its deadline", lease.job().type());
      return new Outcome.Snooze(config.timeouts().unknownType(), UNKNOWN_TYPE + lease.job().type());
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
      LOG.debug("attempt {} failed", lease.attempt(), e);
      return decided(e);
    }
  }

  private Outcome decided(Throwable failure) {
    try {
      return config.failures().decide(failure);
    } catch (RuntimeException e) {
      LOG.warn("the failure policy failed on {}", failure.getClass().getSimpleName(), e);
      return Settler.failed(failure.getClass().getSimpleName());
    }
  }
}
