package io.grizz.memory;

import io.grizz.api.Doorbell.Order;
import io.grizz.api.JobState;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueStats;
import io.grizz.api.WorkerView;
import io.grizz.memory.Entry.Lane;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is in the queue, and the moves that several operations share.
 *
 * <p>One lock guards all of it, so each {@link #locked} step is as indivisible as a script is in
 * Redis. Nobody waits inside, but for the bell.
 */
final class Store {

  /** Leases of silence after which a worker is forgotten. */
  private static final int RETIRED_AFTER = 4;

  final QueueConfig config;
  final Map<UUID, Entry> jobs = new LinkedHashMap<>();
  final Map<Lane, NavigableMap<Long, Entry>> lanes = new EnumMap<>(Lane.class);
  final Set<Entry> later = new LinkedHashSet<>();
  final Set<Entry> ended = new LinkedHashSet<>();
  final Deque<UUID> over = new ArrayDeque<>();
  final Map<UUID, Long> reserved = new HashMap<>();
  final Map<String, Key> keys = new HashMap<>();

  /** Workers, and when each was last heard of. */
  final Map<String, Long> heard = new HashMap<>();

  final Map<String, Long> turns = new HashMap<>();
  final Set<String> woken = new HashSet<>();
  final List<MemoryDoorbell> doorbells = new CopyOnWriteArrayList<>();
  long pausedUntil;
  long rings;

  /** Who starts nothing for now, so that a suspect can start there; and from when it does again. */
  String dry = "";

  long dryUntil;

  /** When the next one may do so. */
  long dryTurn;

  /** For how long the job that started last had waited. */
  long waited;

  private long overflow;

  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition bell = lock.newCondition();
  private long entries;

  /**
   * What an idempotency key stands for.
   *
   * @param end how the job ended; empty until it has
   */
  record Key(UUID job, String digest, long until, Optional<JobState> end) {}

  Store(QueueConfig config, InstantSource clock) {
    this.config = config;
    this.clock = clock;
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new TreeMap<>());
    }
  }

  <T> T locked(Supplier<T> step) {
    lock.lock();
    try {
      return step.get();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a ring after {@code heard}, for a wake, or for {@code wait} to pass. */
  void listen(String me, long heard, Duration wait) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = wait.toNanos();
      while (rings == heard && !woken.remove(me) && left > 0) {
        left = bell.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  void wake(String me) {
    lock.lock();
    try {
      woken.add(me);
      bell.signalAll();
    } finally {
      lock.unlock();
    }
  }

  // ---- inside the lock

  long now() {
    return clock.millis();
  }

  /** A job that is remembered. */
  @Nullable Entry find(UUID id) {
    Entry entry = jobs.get(id);
    return entry != null && entry.forgetAt > now() ? entry : null;
  }

  boolean paused() {
    return pausedUntil > now();
  }

  long waiting() {
    reserved.values().removeIf(until -> until < now());
    return later.size() + reserved.size() + lanes.values().stream().mapToLong(Map::size).sum();
  }

  void putLater(Entry entry, long due) {
    if (later.isEmpty()) {
      tell(new Order.Tend());
    }
    entry.state = JobState.SCHEDULED;
    entry.owner = "";
    entry.dueAt = due;
    later.add(entry);
  }

  void putReady(Entry entry, Lane lane) {
    entry.state = JobState.READY;
    entry.owner = "";
    entry.lane = lane;
    entry.number = ++entries;
    entry.readyAt = now();
    lane(lane).put(entry.number, entry);
    rings++;
    bell.signalAll();
  }

  /** Takes a job out of wherever it waits. */
  void drop(Entry entry) {
    later.remove(entry);
    lane(entry.lane).remove(entry.number, entry);
  }

  NavigableMap<Long, Entry> lane(Lane lane) {
    return Objects.requireNonNull(lanes.get(lane));
  }

  /** Appends an event to a log and rings its user's bell. */
  void append(Entry entry, long seq, String frame) {
    entry.frames.put(seq, frame);
    entry.seq = seq;
    entry
        .job
        .sender()
        .user()
        .ifPresent(user -> doorbells.forEach(each -> each.ring(user, entry.log, frame)));
  }

  /** A log of another name, that begins with the job waiting. */
  void newLog(Entry entry) {
    entry.log = entry.log.length() < 16 ? entry.log + "r" : "r";
    entry.frames.clear();
    entry.snapshotSeq = 0;
    entry.snapshot = "";
    entry.logForgetAt = Entry.NEVER;
    append(entry, 1, queued(entry.job.id(), ""));
  }

  /** The first event of every log; {@code place} is its place in the line as further fields. */
  static String queued(UUID job, String place) {
    return "{\"t\":\"job\",\"job\":\"" + job + "\",\"seq\":1,\"state\":\"queued\"" + place + "}";
  }

  /** Where in the line a job stands that was just put there, and for how long. */
  String place() {
    long pos = lanes.values().stream().mapToLong(Map::size).sum();
    return ",\"pos\":" + pos + ",\"eta_ms\":" + (pos > 1 ? waited : 0);
  }

  void tell(Order order) {
    doorbells.forEach(each -> each.hear(order));
  }

  /**
   * Ends a job. A frame given is the worker's own; without one the queue writes it, unless the
   * record has to close the job first.
   */
  void finish(Entry entry, JobState end, String reason, String frame) {
    entry.state = end;
    entry.owner = "";
    entry.reason = reason;
    entry.endedAt = now();
    if (entry.job.output().recorded() && frame.isEmpty()) {
      ended.add(entry);
      return;
    }
    if (!entry.log.isEmpty()) {
      append(entry, entry.seq + 1, frame.isEmpty() ? Terminal.frame(entry, end, reason) : frame);
    }
    forget(entry);
  }

  /** The terminal event stands: what is known of the job runs out, in time. */
  void forget(Entry entry) {
    QueueConfig.Retention keep = config.retention();
    entry.forgetAt = entry.state == JobState.DEAD ? Entry.NEVER : now() + keep.ended().toMillis();
    if (entry.state != JobState.DEAD) {
      over.add(entry.job.id());
    }
    entry.logForgetAt = now() + keep.log().toMillis();
    long until = now() + keep.key().toMillis();
    keys.replaceAll((name, key) ->
        key.job().equals(entry.job.id())
            ? new Key(key.job(), key.digest(), until, Optional.of(entry.state))
            : key);
  }

  /** A job lives anew: its idempotency key does not run out while it does. */
  void remember(Entry entry) {
    keys.replaceAll((name, key) ->
        key.job().equals(entry.job.id())
            ? new Key(key.job(), key.digest(), Entry.NEVER, key.end())
            : key);
  }

  /** Forgets what has run out. */
  void sweep() {
    long now = now();
    jobs.values().removeIf(entry -> entry.forgetAt <= now);
    keys.values().removeIf(key -> key.until() <= now);
    long retired = config.leases().lease().multipliedBy(RETIRED_AFTER).toMillis();
    heard.values().removeIf(at -> at <= now - retired);
  }

  /** Ends a job past its deadline; one whose type no worker knew is given up on. */
  void expire(Entry entry) {
    boolean unknown = entry.reason.startsWith("unknown_type");
    finish(
        entry, unknown ? JobState.DEAD : JobState.EXPIRED, unknown ? entry.reason : "expired", "");
  }

  /** A job whose worker is gone waits again, unless it is poison, or to be stopped. */
  void putBack(Entry entry) {
    int crashes = entry.counters.crashes();
    if (entry.cancelAsked) {
      finish(entry, JobState.CANCELLED, "", "");
    } else if (crashes >= config.crashes()) {
      finish(entry, JobState.DEAD, "crashed", "");
    } else {
      putReady(entry, entry.laneOr(Lane.AGAIN, config.crashes()));
    }
  }

  /** Drops the oldest dead letters beyond the bound, and counts them. */
  void boundDeadLetters() {
    List<Entry> dead =
        jobs.values().stream()
            .filter(entry -> entry.state == JobState.DEAD)
            .sorted(
                Comparator.<Entry>comparingLong(entry -> entry.endedAt)
                    .thenComparing(entry -> entry.job.id().toString()))
            .toList();
    dead.stream()
        .limit(Math.max(0, dead.size() - config.retention().deadLetters()))
        .filter(entry -> !ended.contains(entry))
        .forEach(entry -> {
          jobs.remove(entry.job.id());
          overflow++;
        });
  }

  /** Forgets the first of the jobs that ended well, beyond the bound. */
  void boundEnded() {
    while (!over.isEmpty()) {
      Entry first = find(over.getFirst());
      if (first != null && over.size() <= config.retention().endedJobs()) {
        return;
      }
      UUID id = over.removeFirst();
      if (first != null && first.state.terminal() && first.state != JobState.DEAD) {
        jobs.remove(id);
      }
    }
  }

  QueueStats stats() {
    return new QueueStats(
        lanes.values().stream().mapToLong(Map::size).sum(),
        count(JobState.RUNNING),
        later.size(),
        count(JobState.DEAD),
        Duration.ofMillis(oldest()),
        overflow);
  }

  List<WorkerView> workers() {
    return heard.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .map(each ->
            new WorkerView(
                each.getKey(), Duration.ofMillis(now() - each.getValue()), held(each.getKey())))
        .toList();
  }

  private int held(String worker) {
    return (int)
        jobs.values().stream()
            .filter(entry -> entry.state == JobState.RUNNING && entry.owner.equals(worker))
            .count();
  }

  private long count(JobState state) {
    return jobs.values().stream().filter(entry -> entry.state == state).count();
  }

  private long oldest() {
    long now = now();
    return lanes.values().stream()
        .flatMap(lane -> lane.values().stream().limit(1))
        .mapToLong(entry -> now - entry.readyAt)
        .max()
        .orElse(0);
  }
}
