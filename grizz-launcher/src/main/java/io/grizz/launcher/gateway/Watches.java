package io.grizz.launcher.gateway;

import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.QueueUnavailableException;
import io.grizz.launcher.gateway.Watched.Cursor;
import io.grizz.launcher.gateway.Watched.Teller;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The jobs that one connection watches. Belongs to its thread. */
final class Watches {

  private static final Logger LOG = LoggerFactory.getLogger(Watches.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Stores stores;
  private final Duration silence;
  private final int most;
  private final Map<UUID, Watched> watched = new HashMap<>();
  private long nextTryNanos = System.nanoTime();

  /**
   * @param silence after which a job's log is read
   * @param most jobs at once
   */
  Watches(Stores stores, Duration silence, int most) {
    this.stores = stores;
    this.silence = silence;
    this.most = most;
  }

  boolean isEmpty() {
    return watched.isEmpty();
  }

  boolean has(UUID job) {
    return watched.containsKey(job);
  }

  /** Refuses when no further job can be watched. */
  void requireRoom() {
    if (watched.size() >= most) {
      throw Refusal.until("rate_limited", most + " jobs are watched already", RETRY);
    }
  }

  /** Begins to watch, or begins again from another cursor; the log is read soon. */
  Watched attach(UUID user, UUID job, Cursor cursor, Teller out) {
    if (!has(job)) {
      requireRoom();
    }
    Watched fresh = new Watched(stores, user, job, cursor, out);
    watched.put(job, fresh);
    return fresh;
  }

  void leave(UUID job) {
    watched.remove(job);
  }

  void rang(Ring ring) {
    Watched job = watched.get(ring.job());
    if (job != null) {
      job.rang(ring);
      if (job.ended()) {
        watched.remove(ring.job());
      }
    }
  }

  /** Anything may have been missed. */
  void missed() {
    watched.values().forEach(Watched::missed);
  }

  /** Whether a job that is watched is known to nobody any more. */
  boolean lost() {
    return watched.values().stream().anyMatch(Watched::lost);
  }

  void dropped(UUID job) {
    Watched slow = watched.get(job);
    if (slow != null) {
      slow.dropped();
    }
  }

  /** Marks jobs that have been silent for long. */
  void tick(long now) {
    for (Watched each : watched.values()) {
      if (each.silentNanos(now) > silence.toNanos()) {
        each.missed();
      }
    }
  }

  /** Whether a log is to be read now, unless the stores are away. */
  boolean due(long now) {
    return now - nextTryNanos >= 0 && watched.values().stream().anyMatch(Watched::due);
  }

  /** Reads logs that are due, as long as there is room for what they say. */
  void read(BooleanSupplier room) {
    if (watched.isEmpty() || System.nanoTime() - nextTryNanos < 0) {
      return;
    }
    for (Watched each : watched.values()) {
      if (each.due() && room.getAsBoolean() && !read(each)) {
        break;
      }
    }
    watched.values().removeIf(Watched::ended);
  }

  private boolean read(Watched job) {
    try {
      job.read();
      return true;
    } catch (QueueUnavailableException | RecordUnavailableException e) {
      LOG.debug("a log is read later: {}", e.getMessage());
      nextTryNanos = System.nanoTime() + RETRY.toNanos();
      return false;
    }
  }
}
