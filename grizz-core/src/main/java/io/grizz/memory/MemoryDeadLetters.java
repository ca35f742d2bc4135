package io.grizz.memory;

import io.grizz.api.Counters;
import io.grizz.api.DeadLetters;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The dead letters of a queue in memory. */
final class MemoryDeadLetters implements DeadLetters {

  private final Store store;

  MemoryDeadLetters(Store store) {
    this.store = store;
  }

  @Override
  public Page list(Filter filter, Optional<String> cursor, int limit) {
    return store.locked(() -> {
      List<Entry> dead =
          store.jobs.values().stream()
              .filter(entry -> entry.state == JobState.DEAD && filter.fits(entry.view()))
              .sorted(Comparator.comparing(MemoryDeadLetters::place).reversed())
              .filter(entry -> cursor.map(it -> place(entry).compareTo(it) < 0).orElse(true))
              .toList();
      List<JobView> items = dead.stream().limit(limit).map(Entry::view).toList();
      return new Page(
          items, dead.size() > limit ? Optional.of(place(dead.get(limit - 1))) : Optional.empty());
    });
  }

  @Override
  public boolean requeue(UUID job) {
    return store.locked(() -> {
      Entry entry = dead(job);
      if (entry == null || entry.job.output().recorded()) {
        return false;
      }
      entry.counters = Counters.NONE;
      entry.reason = "";
      entry.settled = "";
      entry.endedAt = 0;
      entry.cancelAsked = false;
      entry.expiresAt = store.now() + store.config.retention().waiting().toMillis();
      store.remember(entry);
      if (!entry.log.isEmpty()) {
        store.newLog(entry);
      }
      store.putReady(entry, entry.ownLane());
      return true;
    });
  }

  @Override
  public boolean delete(UUID job) {
    return store.locked(() -> dead(job) != null && store.jobs.remove(job) != null);
  }

  @Override
  public Optional<Letter> show(UUID job) {
    return store.locked(() ->
        Optional.ofNullable(store.find(job))
            .filter(entry -> entry.state == JobState.DEAD)
            .map(entry -> new Letter(entry.view(), entry.job.payload())));
  }

  private @Nullable Entry dead(UUID job) {
    Entry entry = store.find(job);
    boolean dead = entry != null && entry.state == JobState.DEAD && !store.ended.contains(entry);
    return dead ? entry : null;
  }

  private static String place(Entry entry) {
    return String.format("%016d:%s", entry.endedAt, entry.job.id());
  }
}
