package io.grizz.worker;

import io.grizz.api.Consumer;
import io.grizz.api.QueueConfig.Leases;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews the leases of what runs here, and stops what could not be renewed for too long: before
 * anybody else may start it.
 *
 * <p>{@link #renew} belongs to one thread and may hang for as long as the store does; {@link
 * #fence} to another, which never waits for the store.
 */
final class LeaseKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

  /** Of a lease of 30 s, 22: what is left covers the end of the handlers and a slow clock. */
  private static final double SELF_FENCE = 22.0 / 30.0;

  private final Consumer consumer;
  private final Runs runs;
  private final Duration fenceAfter;
  private final InstantSource clock;

  LeaseKeeper(Consumer consumer, Runs runs, Leases leases, InstantSource clock) {
    this.consumer = consumer;
    this.runs = runs;
    this.clock = clock;
    this.fenceAfter = Duration.ofMillis((long) (leases.lease().toMillis() * SELF_FENCE));
  }

  /** Renews once. */
  void renew() {
    // why before: a lease counts from when the store heard of it, which is not before this
    Moment asked = Moment.now(clock);
    Map<UUID, Runs.Held> held = runs.held();
    Consumer.Renewal renewal =
        consumer.renew(held.values().stream().map(Runs.Held::lease).toList());
    held.forEach((id, each) -> {
      if (renewal.lost().contains(id)) {
        each.run().stopLost(each.lease());
      } else {
        each.run().noteLeased(asked);
      }
      if (renewal.cancelled().contains(id)) {
        each.run().stop(Run.Stop.CANCELLED);
      }
    });
  }

  /** Stops each run whose lease was not renewed for so long that it may move on soon. */
  void fence() {
    Moment now = Moment.now(clock);
    long cut = 0;
    for (Run run : runs.all()) {
      if (run.stopped() == null && now.since(run.leased()).compareTo(fenceAfter) >= 0) {
        run.stop(Run.Stop.CUT_OFF);
        cut++;
      }
    }
    if (cut > 0) {
      LOG.warn("{} leases could not be renewed for {}: their jobs are stopped", cut, fenceAfter);
    }
  }
}
