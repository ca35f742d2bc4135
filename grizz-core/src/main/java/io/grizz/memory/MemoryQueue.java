package io.grizz.memory;

import io.grizz.api.Consumer;
import io.grizz.api.DeadLetters;
import io.grizz.api.Doorbell;
import io.grizz.api.Doorbell.Order;
import io.grizz.api.Job;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.OutputPage;
import io.grizz.api.Pressure;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueStats;
import io.grizz.api.Receipt;
import io.grizz.api.Reconciliation;
import io.grizz.api.WorkerView;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A {@link JobQueue} in memory: the twin of the one in Redis, for tests. */
public final class MemoryQueue implements JobQueue {

  private static final Pattern INCARNATION = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private final Store store;
  private final JobEvent.Listener listener;

  private MemoryQueue(QueueConfig config, InstantSource clock, JobEvent.Listener listener) {
    this.store = new Store(config, clock);
    this.listener = listener;
  }

  /**
   * Opens an empty queue.
   *
   * @param clock decides what is due; a {@link ManualClock} lets a test decide
   */
  public static MemoryQueue open(QueueConfig config, InstantSource clock) {
    return open(config, clock, JobEvent.Listener.NONE);
  }

  /** The same, with somebody who hears of what is sent through it, and must not throw. */
  public static MemoryQueue open(
      QueueConfig config, InstantSource clock, JobEvent.Listener listener) {
    return new MemoryQueue(config, clock, listener);
  }

  @Override
  public Receipt enqueue(Job job) {
    Receipt receipt = offered(job);
    listener.on(new JobEvent.Enqueued(job, receipt));
    return receipt;
  }

  private Receipt offered(Job job) {
    return store.locked(() -> {
      Entry known = store.find(job.id());
      if (known != null && !reborn(known, job)) {
        return new Receipt.Duplicate(job.id(), known.state);
      }
      Receipt before = sameKey(job);
      if (before != null) {
        return before;
      }
      long waiting = store.waiting();
      if (job.output().recorded()) {
        // why: a place that was kept for it is its own, whether or not the queue is full
        waiting -= store.reserved.remove(job.id()) == null ? 0 : 1;
      } else if (waiting >= store.config.capacity()) {
        return new Receipt.Overloaded(waiting, store.config.leases().renew());
      }
      append(job, known == null ? 0 : known.epoch);
      return new Receipt.Accepted(job.id(), Pressure.of(waiting + 1, store.config));
    });
  }

  /** The record names a new log for a job that ended here: it begins a new life. */
  private boolean reborn(Entry known, Job job) {
    return known.state.terminal()
        && job.output().recorded()
        && !known.log.equals(job.output().log().orElse(""))
        && !store.ended.contains(known);
  }

  @Override
  public List<Receipt> enqueueAll(List<Job> jobs) {
    return jobs.stream().map(this::enqueue).toList();
  }

  @Override
  public Optional<JobView> find(UUID id) {
    return store.locked(() -> Optional.ofNullable(store.find(id)).map(Entry::view));
  }

  @Override
  public Optional<JobState> cancel(UUID id) {
    Optional<JobState> state = cancelled(id);
    listener.on(new JobEvent.CancelAsked(id, state));
    return state;
  }

  private Optional<JobState> cancelled(UUID id) {
    return store.locked(() -> {
      Entry entry = store.find(id);
      if (entry == null) {
        return Optional.empty();
      }
      if (entry.state == JobState.RUNNING) {
        entry.cancelAsked = true;
        store.tell(new Order.Cancel(id));
      } else if (!entry.state.terminal()) {
        store.drop(entry);
        entry.cancelAsked = true;
        store.finish(entry, JobState.CANCELLED, "", "");
      }
      return Optional.of(entry.state);
    });
  }

  @Override
  public void pause(Instant until) {
    store.locked(() -> {
      Instant counted = until.isAfter(Job.Schedule.LAST) ? Job.Schedule.LAST : until;
      store.pausedUntil = counted.toEpochMilli();
      store.tell(new Order.Tend());
      return counted;
    });
  }

  @Override
  public void resume() {
    pause(Instant.EPOCH);
  }

  @Override
  public QueueStats stats() {
    return store.locked(store::stats);
  }

  @Override
  public List<WorkerView> workers() {
    return store.locked(store::workers);
  }

  @Override
  public Optional<OutputPage> output(UUID id, long after) {
    return store.locked(() -> {
      Entry entry = store.find(id);
      return entry == null || entry.log.isEmpty() || entry.logForgetAt <= store.now()
          ? Optional.empty()
          : Optional.of(page(entry, after));
    });
  }

  @Override
  public DeadLetters deadLetters() {
    return new MemoryDeadLetters(store);
  }

  @Override
  public Doorbell doorbell(Doorbell.Listener listener) {
    return new MemoryDoorbell(store, listener);
  }

  @Override
  public Reconciliation reconciliation() {
    return new MemoryReconciliation(store);
  }

  @Override
  public Consumer join(String incarnation) {
    if (!INCARNATION.matcher(incarnation).matches()) {
      throw new IllegalArgumentException(
          "an incarnation is 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-', not " + incarnation);
    }
    return new MemoryConsumer(incarnation, store);
  }

  @Override
  public void close() {
    store.doorbells.forEach(MemoryDoorbell::close);
  }

  private @Nullable Receipt sameKey(Job job) {
    if (job.sender().idempotencyKey().isEmpty()) {
      return null;
    }
    Store.Key first = store.keys.get(key(job));
    if (first == null || first.until() <= store.now()) {
      return null;
    }
    if (!first.digest().equals(digest(job))) {
      return new Receipt.Conflict(first.job());
    }
    Entry entry = store.find(first.job());
    return new Receipt.Duplicate(
        first.job(), entry == null ? first.end().orElse(JobState.COMPLETED) : entry.state);
  }

  private void append(Job job, long epoch) {
    long now = store.now();
    long due = Math.max(now, millis(job.schedule().runAt()).orElse(now));
    long expires =
        millis(job.schedule().expiresAt())
            .orElse(due + store.config.retention().waiting().toMillis());
    Entry entry = new Entry(job, now, expires);
    entry.epoch = epoch;
    store.jobs.put(job.id(), entry);
    if (job.sender().idempotencyKey().isPresent()) {
      store.keys.put(key(job), new Store.Key(job.id(), digest(job), Entry.NEVER, Optional.empty()));
    }
    if (due > now) {
      store.putLater(entry, due);
    } else {
      store.putReady(entry, entry.ownLane());
    }
    if (!entry.log.isEmpty()) {
      String place = entry.state == JobState.READY && !store.paused() ? store.place() : "";
      store.append(entry, 1, Store.queued(job.id(), place));
    }
  }

  private OutputPage page(Entry entry, long cursor) {
    boolean fromSnapshot =
        entry.snapshotSeq > 0 && (cursor < entry.snapshotSeq || cursor > entry.seq);
    long after = fromSnapshot ? entry.snapshotSeq : cursor > entry.seq ? 0 : cursor;
    return new OutputPage(
        entry.log,
        entry.state,
        entry.seq,
        fromSnapshot
            ? Optional.of(new OutputPage.Snapshot(entry.snapshotSeq, entry.snapshot))
            : Optional.empty(),
        List.copyOf(entry.frames.tailMap(after, false).values()));
  }

  private static String key(Job job) {
    return job.sender().user().map(UUID::toString).orElse("")
        + '\n'
        + job.sender().idempotencyKey().orElse("");
  }

  private static String digest(Job job) {
    return job.type() + '\n' + job.payload();
  }

  private static Optional<Long> millis(Optional<Instant> instant) {
    return instant.map(Instant::toEpochMilli);
  }
}
