package io.grizz.redis;

import io.grizz.api.ConnectionNumbers;
import io.grizz.api.Consumer;
import io.grizz.api.Counters;
import io.grizz.api.DeadLetters;
import io.grizz.api.Doorbell;
import io.grizz.api.Job;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.JobTimes;
import io.grizz.api.JobView;
import io.grizz.api.OutputPage;
import io.grizz.api.Pressure;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueStats;
import io.grizz.api.Receipt;
import io.grizz.api.Reconciliation;
import io.grizz.api.WorkerView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link JobQueue} in Redis: every transition is one script, and this class names them. */
public final class RedisQueue implements JobQueue {

  private static final Logger LOG = LoggerFactory.getLogger(RedisQueue.class);

  private static final Pattern INCARNATION = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  /** Jobs of one round trip. */
  private static final int BATCH = 500;

  /** Jobs, and characters of payload, of one script: bounds the time for which it holds Redis. */
  private static final int HANDFUL = 64;

  private static final int MOST_BYTES = 1024 * 1024;

  /** What a view shows: payload and snapshot, which may be large, are not read for it. */
  private static final String[] FIELDS = {
    "type",
    "state",
    "user",
    "attempts",
    "crashes",
    "snoozes",
    "interruptions",
    "cancel",
    "result",
    "reason",
    "enqueued_at",
    "due",
    "started_at",
    "ended_at"
  };

  /** Larger payloads have a key of their own, so that reading a job's state stays cheap. */
  private static final int INLINE_PAYLOAD = 4 * 1024;

  private final QueueConfig config;
  private final StreamKeys keys;
  private final Connections connections;
  private final Scripts scripts;
  private final JobEvent.Listener listener;
  private final List<String> limits;

  private RedisQueue(RedisConfig redis, QueueConfig config, JobEvent.Listener listener) {
    this.config = config;
    this.keys = new StreamKeys(config.name());
    this.connections = new Connections(redis);
    this.scripts = new Scripts(connections, keys, config);
    this.listener = listener;
    this.limits =
        List.of(
            String.valueOf(config.capacity()),
            millis(config.retention().waiting()),
            String.valueOf(INLINE_PAYLOAD));
  }

  /** Opens a queue. Connects if Redis is there; a program may as well start before Redis does. */
  public static RedisQueue open(RedisConfig redis, QueueConfig config) {
    return open(redis, config, JobEvent.Listener.NONE);
  }

  /** The same, with somebody who hears of what is sent through it. */
  public static RedisQueue open(RedisConfig redis, QueueConfig config, JobEvent.Listener listener) {
    RedisQueue queue = new RedisQueue(redis, config, listener);
    queue.connections.warm();
    return queue;
  }

  /** What the pool of connections does at this moment. */
  public ConnectionNumbers connections() {
    return connections.numbers();
  }

  @Override
  public Receipt enqueue(Job job) {
    return enqueueAll(List.of(job)).getFirst();
  }

  @Override
  public List<Receipt> enqueueAll(List<Job> jobs) {
    List<Receipt> receipts = new ArrayList<>(jobs.size());
    for (int from = 0; from < jobs.size(); from += BATCH) {
      List<Job> batch = jobs.subList(from, Math.min(from + BATCH, jobs.size()));
      List<Object> replies = send(batch);
      for (int i = 0; i < batch.size(); i++) {
        receipts.add(receipt(batch.get(i), replies.get(i)));
      }
    }
    return List.copyOf(receipts);
  }

  /** One round trip: a call for each handful, so that no script holds Redis for long. */
  private List<Object> send(List<Job> batch) {
    List<List<String>> calls = new ArrayList<>();
    int room = 0;
    for (Job job : batch) {
      List<String> arguments = arguments(job);
      if (room <= 0) {
        calls.add(new ArrayList<>(limits));
        room = MOST_BYTES;
      }
      calls.getLast().addAll(arguments);
      room -= MOST_BYTES / HANDFUL + job.payload().length();
    }
    List<Object> replies =
        calls.size() == 1
            ? List.of(scripts.run(Script.ENQUEUE, calls.getFirst()))
            : scripts.runAll(Script.ENQUEUE, calls);
    return replies.stream().flatMap(reply -> Reply.list(reply).stream()).toList();
  }

  private List<String> arguments(Job job) {
    Job.Sender sender = job.sender();
    String user = sender.user().map(UUID::toString).orElse("");
    String about =
        String.join(
            " ",
            job.id().toString(),
            String.valueOf(Reply.lane(sender.priority())),
            millis(job.schedule().runAt(), "0"),
            millis(job.schedule().expiresAt(), "-"),
            job.type(),
            job.output().recorded() ? "1" : "0",
            user,
            job.output().log().orElse(""),
            sender.idempotencyKey().map(key -> Script.hex("SHA-256", user + '\n' + key)).orElse(""),
            sender.idempotencyKey().map(key -> digest(job)).orElse(""));
    return List.of(about, job.payload());
  }

  private Receipt receipt(Job job, Object answer) {
    Receipt receipt =
        answer instanceof Long waiting
            ? new Receipt.Accepted(job.id(), Pressure.of(waiting, config))
            : refused(Reply.list(answer));
    tell(new JobEvent.Enqueued(job, receipt));
    return receipt;
  }

  private Receipt refused(List<Object> reply) {
    return switch (Reply.text(reply.get(0))) {
      case "duplicate" ->
          new Receipt.Duplicate(
              UUID.fromString(Reply.text(reply.get(1))), state(Reply.text(reply.get(2))));
      case "conflict" -> new Receipt.Conflict(UUID.fromString(Reply.text(reply.get(1))));
      case "overloaded" ->
          new Receipt.Overloaded(Reply.number(reply.get(1)), config.leases().renew());
      default -> throw new IllegalStateException("enqueue answered " + reply);
    };
  }

  @Override
  public Optional<JobView> find(UUID id) {
    List<String> values = connections.call(redis -> redis.hmget(keys.job(id.toString()), FIELDS));
    Map<String, String> hash = new HashMap<>();
    for (int i = 0; i < FIELDS.length; i++) {
      if (values.get(i) != null) {
        hash.put(FIELDS[i], values.get(i));
      }
    }
    return hash.isEmpty() ? Optional.empty() : Optional.of(view(id, hash));
  }

  @Override
  public Optional<JobState> cancel(UUID id) {
    Object reply = scripts.run(Script.CANCEL, List.of(id.toString()));
    Optional<JobState> state =
        reply instanceof String text ? Optional.of(state(text)) : Optional.empty();
    tell(new JobEvent.CancelAsked(id, state));
    return state;
  }

  @Override
  public void pause(Instant until) {
    Instant counted = until.isAfter(Job.Schedule.LAST) ? Job.Schedule.LAST : until;
    scripts.run(Script.PAUSE, List.of(String.valueOf(counted.toEpochMilli())));
  }

  @Override
  public void resume() {
    pause(Instant.EPOCH);
  }

  @Override
  public QueueStats stats() {
    List<Object> reply = Reply.list(scripts.run(Script.STATS, List.of()));
    return new QueueStats(
        Reply.number(reply.get(0)),
        Reply.number(reply.get(1)),
        Reply.number(reply.get(2)),
        Reply.number(reply.get(3)),
        Duration.ofMillis(Reply.number(reply.get(4))),
        Reply.number(reply.get(5)));
  }

  @Override
  public List<WorkerView> workers() {
    return Reply.list(scripts.run(Script.WORKERS, List.of())).stream()
        .map(Reply::list)
        .map(row ->
            new WorkerView(
                Reply.text(row.get(0)),
                Duration.ofMillis(Reply.number(row.get(1))),
                (int) Reply.number(row.get(2))))
        .toList();
  }

  @Override
  public DeadLetters deadLetters() {
    return new RedisDeadLetters(scripts, config.retention().waiting(), this::find);
  }

  @Override
  public Optional<OutputPage> output(UUID id, long after) {
    Object found = scripts.run(Script.OUTPUT, List.of(id.toString(), String.valueOf(after)));
    if (!(found instanceof List)) {
      return Optional.empty();
    }
    List<Object> reply = Reply.list(found);
    long snapshot = Reply.number(reply.get(3));
    return Optional.of(
        new OutputPage(
            Reply.text(reply.get(0)),
            state(Reply.text(reply.get(1))),
            Reply.number(reply.get(2)),
            snapshot == 0
                ? Optional.empty()
                : Optional.of(new OutputPage.Snapshot(snapshot, Reply.text(reply.get(4)))),
            Reply.list(reply.get(5)).stream().map(Reply::text).toList()));
  }

  @Override
  public Doorbell doorbell(Doorbell.Listener listener) {
    return RedisDoorbell.open(connections, listener);
  }

  @Override
  public Reconciliation reconciliation() {
    return new RedisReconciliation(config, scripts);
  }

  @Override
  public Consumer join(String incarnation) {
    if (!INCARNATION.matcher(incarnation).matches()) {
      throw new IllegalArgumentException(
          "an incarnation is 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-', not " + incarnation);
    }
    return new RedisConsumer(incarnation, config, scripts, this::stats);
  }

  @Override
  public void close() {
    connections.close();
  }

  private void tell(JobEvent event) {
    try {
      listener.on(event);
    } catch (RuntimeException e) {
      // why: whoever only listens must not stop a job
      LOG.warn("a listener failed on {}", event.getClass().getSimpleName(), e);
    }
  }

  private static JobView view(UUID id, Map<String, String> hash) {
    return new JobView(
        id,
        field(hash, "type"),
        state(field(hash, "state")),
        Reply.present(field(hash, "user")).map(UUID::fromString),
        new Counters(
            count(hash, "attempts"),
            count(hash, "crashes"),
            count(hash, "snoozes"),
            count(hash, "interruptions")),
        field(hash, "cancel").equals("1"),
        Reply.present(field(hash, "result")),
        Reply.present(field(hash, "reason")),
        new JobTimes(
            Instant.ofEpochMilli(Long.parseLong(field(hash, "enqueued_at"))),
            field(hash, "state").equals("scheduled") ? instant(hash, "due") : Optional.empty(),
            instant(hash, "started_at"),
            instant(hash, "ended_at")));
  }

  private static Optional<Instant> instant(Map<String, String> hash, String name) {
    return Reply.present(field(hash, name)).map(Long::parseLong).map(Instant::ofEpochMilli);
  }

  private static String field(Map<String, String> hash, String name) {
    return hash.getOrDefault(name, "");
  }

  private static int count(Map<String, String> hash, String name) {
    return Integer.parseInt(hash.getOrDefault(name, "0"));
  }

  static JobState state(String text) {
    return JobState.valueOf(text.toUpperCase(Locale.ROOT));
  }

  private static String digest(Job job) {
    return Script.hex("SHA-256", job.type() + '\n' + job.payload());
  }

  static String millis(Duration duration) {
    return String.valueOf(duration.toMillis());
  }

  private static String millis(Optional<Instant> instant, String none) {
    return instant.map(Instant::toEpochMilli).map(String::valueOf).orElse(none);
  }
}
