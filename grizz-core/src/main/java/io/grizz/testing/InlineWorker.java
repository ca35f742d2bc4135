package io.grizz.testing;

import io.grizz.api.Consumer;
import io.grizz.api.Consumer.Event;
import io.grizz.api.Handler;
import io.grizz.api.JobState;
import io.grizz.api.Lease;
import io.grizz.api.Outcome;
import io.grizz.api.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A worker without threads. Retries as a worker's standard policy does, but for chance: 3 attempts,
 * 2 s and then 4 s apart.
 */
final class InlineWorker {

  private static final int ATTEMPTS = 3;
  private static final Duration BACKOFF = Duration.ofSeconds(2);

  private final Consumer consumer;
  private final Map<String, Handler> handlers;

  InlineWorker(Consumer consumer, Map<String, Handler> handlers) {
    this.consumer = consumer;
    this.handlers = handlers;
  }

  List<Ran> drain() throws InterruptedException {
    List<Ran> all = new ArrayList<>();
    while (true) {
      consumer.tend();
      List<Lease> leases = consumer.take(1, Set.of()).leases();
      if (leases.isEmpty()) {
        return List.copyOf(all);
      }
      all.add(run(leases.getFirst()));
    }
  }

  private Ran run(Lease lease) throws InterruptedException {
    String type = lease.job().type();
    Handler handler = handlers.get(type);
    if (handler == null) {
      consumer.settle(lease, new Settlement.Release("no handler"), Optional.empty());
      throw new IllegalStateException(
          "a job of type " + type + " waits, and there are handlers for " + handlers.keySet());
    }
    InlineRun run = new InlineRun(consumer, lease);
    Outcome outcome = outcome(run, handler);
    Optional<Event> event =
        outcome instanceof Outcome.Closed closed
            ? Optional.of(run.next(closed.frame()))
            : Optional.empty();
    consumer.settle(run.lease(), settlement(run.lease(), outcome), event);
    return new Ran(lease.job(), lease.attempt(), outcome);
  }

  /** An error, such as a failed assertion, is the test's: it is not caught. */
  private static Outcome outcome(InlineRun run, Handler handler) throws InterruptedException {
    try {
      return handler.handle(run);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      // why: whatever a handler throws has decided a retry
      return new Outcome.Retry(Optional.empty(), e.toString());
    }
  }

  private static Settlement settlement(Lease lease, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Done(String result) -> new Settlement.Complete(result);
      case Outcome.Retry(var delay, String reason) when lease.attempt() < ATTEMPTS ->
          new Settlement.Retry(
              delay.orElseGet(() -> BACKOFF.multipliedBy(1L << (lease.attempt() - 1))), reason);
      case Outcome.Retry(var delay, String reason) ->
          new Settlement.DeadLetter("attempts_spent: " + reason);
      case Outcome.Snooze(Duration delay, String reason) -> new Settlement.Snooze(delay, reason);
      case Outcome.Reject(String reason) -> new Settlement.DeadLetter(reason);
      case Outcome.Closed(JobState end, String detail, var frame) -> closed(end, detail);
    };
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
}
