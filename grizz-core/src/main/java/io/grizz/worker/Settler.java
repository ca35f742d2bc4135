package io.grizz.worker;

import io.grizz.api.ConfigException;
import io.grizz.api.Consumer;
import io.grizz.api.Consumer.Event;
import io.grizz.api.JobState;
import io.grizz.api.Lease;
import io.grizz.api.Outcome;
import io.grizz.api.Outcome.Closed;
import io.grizz.api.Outcome.Done;
import io.grizz.api.Outcome.Reject;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what became of a run into a settlement, and gets it through. */
final class Settler {

  private static final Logger LOG = LoggerFactory.getLogger(Settler.class);

  private static final Duration MISCONFIGURED = Duration.ofSeconds(5);

  private final Consumer consumer;
  private final WorkerConfig config;
  private final RandomGenerator random;

  Settler(Consumer consumer, WorkerConfig config, RandomGenerator random) {
    this.consumer = consumer;
    this.config = config;
    this.random = random;
  }

  /** What an outcome means for a job that has come this far. */
  Settlement decide(Lease lease, Outcome outcome) {
    RetryPolicy retries = config.retries(lease.job().type());
    return switch (outcome) {
      case Done(String result) -> new Settlement.Complete(result);
      case Outcome.Retry(var delay, String reason) when lease.attempt() < retries.attempts() ->
          new Settlement.Retry(
              delay.orElseGet(() -> retries.delay(lease.attempt(), random)), reason);
      case Outcome.Retry(var delay, String reason) ->
          new Settlement.DeadLetter("attempts_spent: " + reason);
      case Outcome.Snooze(Duration delay, String reason) -> new Settlement.Snooze(delay, reason);
      case Reject(String reason) -> new Settlement.DeadLetter(reason);
      case Closed(JobState end, String detail, var frame) -> closed(end, detail);
    };
  }

  /** What the end of a run means for its job: the outcome, or why the run was stopped. */
  Settlement decide(Run run, @Nullable Outcome outcome) {
    Lease lease = run.lease();
    Run.Stop stop = run.stopped();
    boolean ended = outcome instanceof Done || outcome instanceof Closed;
    if (ended || stop == null) {
      return decide(lease, outcome == null ? failed("interrupted itself") : outcome);
    }
    return switch (stop) {
      case CANCELLED -> new Settlement.Cancel();
      case EXPIRED -> new Settlement.Expire("expired");
      case DRAINED, LEASE_LOST -> new Settlement.Release("the worker stopped");
      case CUT_OFF -> new Settlement.Release("the worker lost the queue");
      case TIMED_OUT -> decide(lease, failed("took too long"));
      case SILENT -> decide(lease, failed("showed no progress"));
    };
  }

  /** What a run that failed for this reason has decided. */
  static Outcome failed(String reason) {
    return new Outcome.Retry(Optional.empty(), reason);
  }

  /** The event that a handler ends its job's log with, if it does. */
  static Optional<Event> event(Run run, @Nullable Outcome outcome) {
    return outcome instanceof Closed closed
        ? Optional.of(run.terminal(closed.frame()))
        : Optional.empty();
  }

  private static Settlement closed(JobState end, String detail) {
    return switch (end) {
      case COMPLETED -> new Settlement.Complete(detail);
      case DEAD -> new Settlement.DeadLetter(detail);
      case EXPIRED -> new Settlement.Expire(detail);
      case CANCELLED -> new Settlement.Cancel();
      case HELD, SCHEDULED, READY, RUNNING ->
          throw new IllegalArgumentException("a handler closed its job as " + end);
    };
  }

  /** Settles, and repeats it while the store is away: the same call is answered the same. */
  Settled settle(Lease lease, Settlement settlement, Optional<Event> event)
      throws InterruptedException {
    while (true) {
      try {
        return consumer.settle(lease, settlement, event);
      } catch (QueueUnavailableException e) {
        LOG.debug("{}: cannot settle yet: {}", lease.job().id(), e.getMessage());
        Thread.sleep(e.retryAfter());
      } catch (ConfigException e) {
        // why again: a person may put it right, and what a job has done is not thrown away before
        LOG.debug("{}: may not settle yet: {}", lease.job().id(), e.getMessage());
        Thread.sleep(MISCONFIGURED);
      }
    }
  }
}
