package io.grizz.worker;

import io.grizz.api.Consumer;
import io.grizz.api.Handler;
import io.grizz.api.Lease;
import io.grizz.api.Outcome;
import io.grizz.api.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker without threads: runs what may run now on its caller's, one job after the other. Decides
 * as a standard {@link Worker} does, but for chance: what is retried waits for as long as it may.
 */
public final class InlineWorker {

  private static final Logger LOG = LoggerFactory.getLogger(InlineWorker.class);

  /** Whatever is asked for, the largest. */
  private static final RandomGenerator LARGEST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          return Long.MAX_VALUE;
        }

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  private final Consumer consumer;
  private final Map<String, Handler> handlers;
  private final WorkerConfig config = WorkerConfig.STANDARD;
  private final Settler settler;
  private final RandomGenerator names = RandomGenerator.getDefault();
  private final InstantSource clock = InstantSource.system();

  /**
   * A worker at a place that its caller took, and gives up.
   *
   * @param handlers by job type
   */
  public InlineWorker(Consumer consumer, Map<String, Handler> handlers) {
    this.consumer = consumer;
    this.handlers = Map.copyOf(handlers);
    this.settler = new Settler(consumer, config, LARGEST);
  }

  /**
   * Runs jobs until none is left that may run now.
   *
   * @param ran hears of each run, and what its handler decided
   * @throws IllegalStateException when a job waits that has no handler; it goes on waiting
   */
  public void drain(BiConsumer<Lease, Outcome> ran) throws InterruptedException {
    while (true) {
      consumer.tend();
      Consumer.Taken taken = consumer.take(1, Set.of());
      List<Lease> leases = taken.leases();
      if (leases.isEmpty()) {
        return;
      }
      run(leases.getFirst(), taken.at(), ran);
    }
  }

  private void run(Lease lease, Instant taken, BiConsumer<Lease, Outcome> ran)
      throws InterruptedException {
    String type = lease.job().type();
    Handler handler = handlers.get(type);
    if (handler == null) {
      settler.settle(lease, new Settlement.Release("no handler"), Optional.empty());
      throw new IllegalStateException(
          "a job of type " + type + " waits, and there are handlers for " + handlers.keySet());
    }
    Duration left =
        lease.job().schedule().expiresAt().map(end -> Duration.between(taken, end)).orElseThrow();
    Clocks clocks = new Clocks(config.timeouts(), left, System.nanoTime(), taken);
    Run run = new Run(lease, Moment.now(clock), consumer, names, clocks, new Hearing());
    Outcome outcome = outcome(run, handler);
    settler.settle(run.lease(), settler.decide(run, outcome), Settler.event(run, outcome));
    ran.accept(run.lease(), outcome);
  }

  /** An error, such as a failed assertion, is the caller's: it is not caught. */
  private Outcome outcome(Run run, Handler handler) throws InterruptedException {
    try {
      return run.handle(handler);
    } catch (InterruptedException e) {
      if (run.stopped() == null) {
        throw e;
      }
      return Settler.failed("interrupted");
    } catch (Exception e) {
      // why: whatever a handler throws, the policy decides
      LOG.info("{}: attempt {} failed", run.lease().job().type(), run.lease().attempt(), e);
      return config.failures().decide(e);
    }
  }
}
