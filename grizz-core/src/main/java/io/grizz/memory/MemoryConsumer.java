package io.grizz.memory;

import io.grizz.api.Consumer;
import io.grizz.api.Counters;
import io.grizz.api.JobState;
import io.grizz.api.Lease;
import io.grizz.api.QueueStats;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import io.grizz.api.Settlement.Cancel;
import io.grizz.api.Settlement.Complete;
import io.grizz.api.Settlement.DeadLetter;
import io.grizz.api.Settlement.Expire;
import io.grizz.api.Settlement.Release;
import io.grizz.api.Settlement.Retry;
import io.grizz.api.Settlement.Snooze;
import io.grizz.memory.Entry.Lane;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One worker's place at a queue in memory; see the scripts of {@code io.grizz.redis}. */
final class MemoryConsumer implements Consumer {

  /** Every so many takes begin at the lowest lane, so that it never starves. */
  private static final int LOW_TURN = 8;

  /** Of a lease, the part that a suspect waits before a worker runs dry for it. */
  private static final int PATIENCE = 3;

  /** Leases for which a worker starts nothing, at most, so that a suspect can. */
  private static final int DRY = 2;

  private final String me;
  private final Store store;
  private long takes;
  private long heard;

  MemoryConsumer(String incarnation, Store store) {
    this.me = incarnation;
    this.store = store;
  }

  @Override
  public String incarnation() {
    return me;
  }

  @Override
  public Taken take(int max, Set<UUID> running) {
    boolean lowFirst = ++takes % LOW_TURN == 0;
    return store.locked(() -> {
      heard = store.rings;
      store.heard.put(me, store.now());
      List<Lease> leases = store.paused() ? List.of() : start(max, running.isEmpty(), lowFirst);
      Instant now = Instant.ofEpochMilli(store.now());
      return new Taken(leases, store.later.size(), store.paused(), now);
    });
  }

  @Override
  public void listen(Duration wait) throws InterruptedException {
    store.listen(me, heard, wait);
  }

  @Override
  public void wake() {
    store.wake(me);
  }

  @Override
  public Renewal renew(Collection<Lease> leases) {
    return store.locked(() -> {
      store.heard.put(me, store.now());
      Set<UUID> lost = new LinkedHashSet<>();
      Set<UUID> cancelled = new LinkedHashSet<>();
      for (Lease lease : leases) {
        Entry entry = held(lease);
        if (entry == null) {
          lost.add(lease.job().id());
        } else {
          entry.heardAt = store.now();
          if (entry.cancelAsked) {
            cancelled.add(lease.job().id());
          }
        }
      }
      return new Renewal(lost, cancelled);
    });
  }

  @Override
  public OptionalLong restart(Lease lease, long floor) {
    return store.locked(() -> {
      Entry entry = held(lease);
      if (entry == null) {
        return OptionalLong.empty();
      }
      entry.epoch = Math.max(entry.epoch, floor) + 1;
      return OptionalLong.of(entry.epoch);
    });
  }

  @Override
  public Settled settle(Lease lease, Settlement settlement, Optional<Event> event) {
    return store.locked(() -> {
      String mark = lease.epoch() + " " + me;
      Entry entry = held(lease);
      if (entry == null) {
        Entry known = store.find(lease.job().id());
        return known != null && known.settled.equals(mark) ? Settled.SETTLED : Settled.FENCED;
      }
      entry.settled = mark;
      // why: a repeated emit may have written this very event
      settle(
          entry,
          settlement,
          event.filter(it -> it.seq() == entry.seq + 1).map(Event::frame).orElse(""));
      return Settled.SETTLED;
    });
  }

  @Override
  public Emitted emit(Lease lease, Event event) {
    return store.locked(() -> {
      Entry entry = held(lease);
      if (entry == null) {
        return new Emitted.Fenced();
      }
      if (event.seq() > entry.seq + 1) {
        return new Emitted.Behind(entry.seq);
      }
      if (event.seq() == entry.seq + 1) {
        store.append(entry, event.seq(), event.frame());
      }
      return new Emitted.Written(entry.cancelAsked);
    });
  }

  @Override
  public Settled snapshot(Lease lease, long seq, String text) {
    return write(
        lease,
        entry -> {
          entry.snapshotSeq = seq;
          entry.snapshot = text;
          entry.frames.headMap(seq, true).clear();
        });
  }

  @Override
  public Settled rebuild(Lease lease, String log, long seq, String text) {
    return write(
        lease,
        entry -> {
          entry.log = log;
          entry.frames.clear();
          entry.seq = seq;
          entry.snapshotSeq = seq;
          entry.snapshot = text;
        });
  }

  @Override
  public Reaped reap() {
    return store.locked(() -> {
      long silentSince = store.now() - store.config.leases().lease().toMillis();
      return putBack(entry -> entry.heardAt <= silentSince, true);
    });
  }

  @Override
  public Reaped release(String deadIncarnation) {
    if (deadIncarnation.isEmpty()) {
      throw new IllegalArgumentException("release needs the name of the dead incarnation");
    }
    return store.locked(() -> {
      store.heard.remove(deadIncarnation);
      return putBack(entry -> entry.owner.equals(deadIncarnation), true);
    });
  }

  @Override
  public int leave() {
    return store.locked(() -> {
      store.heard.remove(me);
      return putBack(entry -> entry.owner.equals(me), false).again();
    });
  }

  @Override
  public Tended tend() {
    return store.locked(() -> {
      long now = store.now();
      List<Entry> late =
          all(entry -> !entry.state.terminal() && entry.expiresAt <= now).stream()
              .filter(entry -> entry.state != JobState.RUNNING)
              .toList();
      late.forEach(entry -> {
        store.drop(entry);
        store.expire(entry);
      });
      List<Entry> due =
          store.later.stream().filter(entry -> entry.dueAt <= now).sorted(Entry.BY_DUE).toList();
      due.forEach(entry -> {
        store.drop(entry);
        store.putReady(entry, entry.laneOr(entry.ownLane(), store.config.crashes()));
      });
      store.sweep();
      return new Tended(store.later.size(), due.size(), late.size());
    });
  }

  @Override
  public Optional<QueueStats> clear() {
    return store.locked(() -> {
      store.sweep();
      store.boundDeadLetters();
      store.boundEnded();
      return Optional.of(store.stats());
    });
  }

  @Override
  public void close() {
    wake();
  }

  // ---- inside the lock

  private @Nullable Entry held(Lease lease) {
    Entry entry = store.find(lease.job().id());
    return entry != null && entry.heldBy(me, lease) ? entry : null;
  }

  private Settled write(Lease lease, java.util.function.Consumer<Entry> change) {
    return store.locked(() -> {
      Entry entry = held(lease);
      if (entry == null) {
        return Settled.FENCED;
      }
      change.accept(entry);
      return Settled.SETTLED;
    });
  }

  private List<Lease> start(int max, boolean alone, boolean lowFirst) {
    List<Lease> leases = new ArrayList<>();
    if (alone) {
      // why: a suspect runs alone, since it may take its neighbours with it
      start(Lane.SUSPECT, 1, leases);
      if (!leases.isEmpty()) {
        store.dryTurn = 0;
        store.dryUntil = 0;
        return leases;
      }
    } else if (runsDry()) {
      return leases;
    }
    if (lowFirst) {
      start(Lane.LOW, 1, leases);
      start(Lane.NORMAL, 1, leases);
      start(Lane.HIGH, 1, leases);
    }
    for (Lane lane : List.of(Lane.AGAIN, Lane.HIGH, Lane.NORMAL, Lane.LOW)) {
      start(lane, max, leases);
    }
    return leases;
  }

  /** Whether this worker starts nothing for now: a suspect has waited for one that runs nothing. */
  private boolean runsDry() {
    Map.Entry<Long, Entry> first = store.lane(Lane.SUSPECT).firstEntry();
    long now = store.now();
    long lease = store.config.leases().lease().toMillis();
    if (first == null || now - first.getValue().readyAt < lease / PATIENCE) {
      return false;
    }
    if (now >= store.dryTurn) {
      store.dry = me;
      store.dryUntil = now + DRY * lease;
      store.dryTurn = now + 2 * DRY * lease;
    }
    return store.dry.equals(me) && now < store.dryUntil;
  }

  private void start(Lane lane, int most, List<Lease> leases) {
    long now = store.now();
    while (leases.size() < most) {
      Map.Entry<Long, Entry> first = store.lane(lane).pollFirstEntry();
      if (first == null) {
        return;
      }
      Entry entry = first.getValue();
      if (entry.expiresAt <= now) {
        store.expire(entry);
        continue;
      }
      entry.state = JobState.RUNNING;
      entry.owner = me;
      entry.epoch = Math.max(entry.epoch + 1, now);
      entry.heardAt = now;
      entry.startedAt = now;
      store.waited = now - entry.readyAt;
      leases.add(entry.lease());
    }
  }

  private void settle(Entry entry, Settlement settlement, String frame) {
    Counters c = entry.counters;
    switch (settlement) {
      case Complete(String result) -> {
        entry.result = result;
        store.finish(entry, JobState.COMPLETED, "", frame);
      }
      case DeadLetter(String reason) -> {
        entry.counters = more(c, 1, 0, 0);
        store.finish(entry, JobState.DEAD, reason, frame);
      }
      case Cancel() -> store.finish(entry, JobState.CANCELLED, "", frame);
      case Expire(String reason) -> store.finish(entry, JobState.EXPIRED, reason, frame);
      case Retry(Duration delay, String reason) -> {
        entry.counters = more(c, 1, 0, 0);
        again(entry, reason, frame, Optional.of(delay));
      }
      case Snooze(Duration delay, String reason) -> {
        entry.counters = more(c, 0, 1, 0);
        again(entry, reason, frame, Optional.of(delay));
      }
      case Release(String reason) -> {
        entry.counters = more(c, 0, 0, 1);
        again(entry, reason, frame, Optional.empty());
      }
    }
  }

  /** The job waits again: for a while, or at once and ahead of what waits. */
  private void again(Entry entry, String reason, String frame, Optional<Duration> delay) {
    entry.reason = reason;
    if (entry.cancelAsked) {
      store.finish(entry, JobState.CANCELLED, reason, "");
      return;
    }
    if (!frame.isEmpty() && !entry.log.isEmpty()) {
      store.append(entry, entry.seq + 1, frame);
    }
    long due = store.now() + delay.orElse(Duration.ZERO).toMillis();
    if (delay.isEmpty()) {
      store.putReady(entry, entry.laneOr(Lane.AGAIN, store.config.crashes()));
    } else if (due >= entry.expiresAt) {
      store.expire(entry);
    } else {
      store.putLater(entry, due);
    }
  }

  /** Lets what some workers hold wait again; a crash counts, a worker's leave does not. */
  private Reaped putBack(Predicate<Entry> held, boolean crash) {
    int again = 0;
    int poisoned = 0;
    for (Entry entry : all(it -> it.state == JobState.RUNNING && held.test(it))) {
      Counters c = entry.counters;
      entry.counters =
          crash
              ? new Counters(c.attempts(), c.crashes() + 1, c.snoozes(), c.interruptions())
              : more(c, 0, 0, 1);
      store.putBack(entry);
      poisoned += entry.state == JobState.DEAD ? 1 : 0;
      again += entry.state.terminal() ? 0 : 1;
    }
    return new Reaped(again, poisoned);
  }

  private List<Entry> all(Predicate<Entry> which) {
    return store.jobs.values().stream().filter(which).sorted(Entry.BY_PLACE).toList();
  }

  private static Counters more(Counters c, int attempts, int snoozes, int interruptions) {
    return new Counters(
        c.attempts() + attempts,
        c.crashes(),
        c.snoozes() + snoozes,
        c.interruptions() + interruptions);
  }
}
