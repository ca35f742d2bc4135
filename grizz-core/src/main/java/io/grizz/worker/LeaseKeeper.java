package io.grizz.worker;

import io.grizz.api.Consumer;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.QueueUnavailableException;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews the leases of what runs here, and stops it all in time when that fails for too long:
 * before anybody else may start it.
 *
 * <p>The time since the last renewal is the larger of two clocks: one goes on while the machine
 * sleeps, the other is not set by anybody.
 */
final class LeaseKeeper {

  private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

  /** Of a lease of 30 s, 22: what is left covers the end of the handlers and a slow clock. */
  private static final double SELF_FENCE = 22.0 / 30.0;

  private final Consumer consumer;
  private final Runs runs;
  private final Duration fenceAfter;
  private final InstantSource clock;
  private long renewedNanos;
  private long renewedMillis;

  LeaseKeeper(Consumer consumer, Runs runs, Leases leases, InstantSource clock) {
    this.consumer = consumer;
    this.runs = runs;
    this.clock = clock;
    this.fenceAfter = Duration.ofMillis((long) (leases.lease().toMillis() * SELF_FENCE));
    noteRenewal(System.nanoTime(), clock.millis());
  }

  /** Renews once. */
  void tick() {
    long nanos = System.nanoTime();
    long millis = clock.millis();
    try {
      Consumer.Renewal renewal = consumer.renew(runs.leases());
      renewal.lost().forEach(id -> runs.stop(id, Run.Stop.LEASE_LOST));
      renewal.cancelled().forEach(id -> runs.stop(id, Run.Stop.CANCELLED));
      noteRenewal(nanos, millis);
    } catch (QueueUnavailableException e) {
      fenceIfDue(nanos, millis);
      throw e;
    }
  }

  private void fenceIfDue(long nanos, long millis) {
    long silent = Math.max((nanos - renewedNanos) / 1_000_000, millis - renewedMillis);
    if (silent >= fenceAfter.toMillis() && !runs.isEmpty()) {
      LOG.warn("no lease could be renewed for {} ms: all running jobs are stopped", silent);
      runs.stopAll(Run.Stop.CUT_OFF);
    }
  }

  private void noteRenewal(long nanos, long millis) {
    renewedNanos = nanos;
    renewedMillis = millis;
  }
}
