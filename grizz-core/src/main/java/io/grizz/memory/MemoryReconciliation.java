package io.grizz.memory;

import io.grizz.api.Consumer.Event;
import io.grizz.api.Doorbell;
import io.grizz.api.JobState;
import io.grizz.api.Reconciliation;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** The record's side of a queue in memory. */
final class MemoryReconciliation implements Reconciliation {

  private static final Duration KEPT = Duration.ofSeconds(30);

  private final Store store;

  MemoryReconciliation(Store store) {
    this.store = store;
  }

  @Override
  public boolean reserve(UUID job) {
    return store.locked(() -> {
      if (store.waiting() >= store.config.capacity() && !store.reserved.containsKey(job)) {
        return false;
      }
      store.reserved.put(job, store.now() + KEPT.toMillis());
      return true;
    });
  }

  @Override
  public void giveBack(UUID job) {
    store.locked(() -> store.reserved.keySet().remove(job));
  }

  @Override
  public List<Ended> ended(int limit) {
    return store.locked(() ->
        store.ended.stream()
            .limit(limit)
            .map(entry -> new Ended(entry.job.id(), entry.state, entry.reason, entry.seq))
            .toList());
  }

  @Override
  public void close(UUID job, JobState state, Event event) {
    store.locked(() -> {
      Entry entry = store.jobs.get(job);
      if (entry == null || !store.ended.remove(entry)) {
        return false;
      }
      if (!entry.log.isEmpty() && event.seq() == entry.seq + 1) {
        store.append(entry, event.seq(), event.frame());
      }
      if (entry.state == JobState.DEAD && state != JobState.DEAD) {
        entry.state = state;
        entry.reason = "";
      }
      store.forget(entry);
      return true;
    });
  }

  @Override
  public boolean ending(UUID job) {
    return store.locked(() -> store.ended.stream().anyMatch(entry -> entry.job.id().equals(job)));
  }

  @Override
  public void forget(UUID job) {
    store.locked(() -> {
      Entry entry = store.jobs.remove(job);
      store.reserved.remove(job);
      if (entry != null) {
        store.drop(entry);
        store.ended.remove(entry);
        store.keys.values().removeIf(key -> key.job().equals(job));
        entry.state = JobState.CANCELLED;
        store.tell(new Doorbell.Order.Cancel(job));
      }
      return entry;
    });
  }

  @Override
  public boolean turn(String task, Duration interval) {
    return store.locked(() -> {
      long now = store.now();
      if (store.turns.getOrDefault(task, 0L) > now) {
        return false;
      }
      store.turns.put(task, now + interval.toMillis());
      return true;
    });
  }
}
