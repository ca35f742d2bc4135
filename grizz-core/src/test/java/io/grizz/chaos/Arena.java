package io.grizz.chaos;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Receipt;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** A Redis, worker processes at it, and everything that can be done to them. */
final class Arena implements AutoCloseable {

  final EmbeddedRedis redis = EmbeddedRedis.temporary();
  final JobQueue queue;
  final List<UUID> accepted = new ArrayList<>();
  final List<Journal.Kill> kills = new ArrayList<>();
  private final Path directory;
  private final Duration lease;
  private final String name = "chaos";
  private final List<Process> workers = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final List<String> all = new ArrayList<>();
  private final Map<String, Integer> done = new TreeMap<>();

  Arena(Path directory, Duration lease, int workers) throws IOException {
    this.directory = directory;
    this.lease = lease;
    QueueConfig config = ChaosWorker.config(name, lease);
    queue = RedisQueue.open(RedisConfig.at(redis.uri()), config);
    for (int i = 0; i < workers; i++) {
      add();
    }
  }

  /** One more worker. */
  void add() throws IOException {
    names.add("");
    workers.add(started(workers.size()));
  }

  /** Lets time pass: nothing but time is waited for. */
  static void pass(Duration time) {
    await().atMost(time.plusSeconds(10)).pollDelay(time).until(() -> true);
  }

  int workers() {
    return workers.size();
  }

  UUID send(String type, String payload) {
    return send(Job.of(UUID.randomUUID(), type, payload));
  }

  UUID sendExpiring(String type, String payload, Duration after) {
    Instant end = Instant.now().plus(after);
    return send(
        Job.of(UUID.randomUUID(), type, payload)
            .with(new Job.Schedule(Optional.empty(), Optional.of(end))));
  }

  private UUID send(Job job) {
    Job streaming = job.with(Job.Output.streaming("log1"));
    while (true) {
      try {
        Receipt receipt = queue.enqueue(streaming);
        if (receipt instanceof Receipt.Accepted || receipt instanceof Receipt.Duplicate) {
          accepted.add(job.id());
          return job.id();
        }
        throw new AssertionError(receipt);
      } catch (QueueUnavailableException e) {
        count("sends repeated");
      }
    }
  }

  /** Asks once; when Redis is away nothing was asked. */
  void cancel(UUID job) {
    try {
      count(queue.cancel(job).isPresent() ? "cancels" : "cancels of the unknown");
    } catch (QueueUnavailableException e) {
      count("cancels unheard");
    }
  }

  void kill(int worker) throws IOException {
    count("kills");
    long now = System.currentTimeMillis();
    workers.get(worker).destroyForcibly().onExit().join();
    kills.add(new Journal.Kill(names.get(worker), now));
    workers.set(worker, started(worker));
  }

  void replaceTheDead() throws IOException {
    for (int i = 0; i < workers.size(); i++) {
      if (!workers.get(i).isAlive()) {
        workers.set(i, started(i));
      }
    }
  }

  void freeze(int worker) {
    count("freezes");
    signal(workers.get(worker), "STOP");
  }

  void wake(int worker) {
    signal(workers.get(worker), "CONT");
  }

  /** Freezes a process, and wakes it later: also when its place has a new one by then. */
  void freeze(int worker, Duration time) {
    Process frozen = workers.get(worker);
    freeze(worker);
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          pass(time);
          signal(frozen, "CONT");
        });
  }

  void tell(String command, String... arguments) {
    try (Jedis jedis = new Jedis(redis.uri())) {
      jedis.sendCommand(() -> command.getBytes(StandardCharsets.UTF_8), arguments);
    } catch (JedisException e) {
      count("answers lost");
    }
  }

  /** Kills Redis and brings it back with its data after a while. */
  void restartRedis(Duration away) {
    count("restarts of Redis");
    pass(ofMillis(1_100)); // its file is synced each second
    redis.kill();
    pass(away);
    redis.start();
  }

  /** Waits until everything that was accepted has ended. */
  void awaitQuiet(Duration atMost) {
    await()
        .atMost(atMost)
        .pollInterval(ofMillis(200))
        .ignoreException(QueueUnavailableException.class)
        .until(this::quiet);
  }

  boolean quiet() {
    return accepted.stream().allMatch(id -> queue.find(id).orElseThrow().state().terminal());
  }

  Journal journal() throws IOException {
    return Journal.read(directory, all);
  }

  synchronized void count(String what) {
    done.merge(what, 1, Integer::sum);
  }

  /** What was done, for whoever reads of a failure. */
  @Override
  public synchronized String toString() {
    return accepted.size() + " jobs accepted, " + done;
  }

  @Override
  public void close() {
    workers.forEach(Process::destroyForcibly);
    workers.forEach(worker -> worker.onExit().join());
    queue.close();
    redis.close();
  }

  private Process started(int place) throws IOException {
    String incarnation = "chaos-" + (all.size() + 1);
    all.add(incarnation);
    names.set(place, incarnation);
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            ChaosWorker.class.getName(),
            redis.uri().toString(),
            name,
            incarnation,
            directory.resolve(incarnation).toString(),
            String.valueOf(lease.toSeconds()))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(directory.resolve(incarnation + ".log").toFile())
        .start();
  }

  private static void signal(Process process, String name) {
    try {
      boolean ended =
          new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor(ofSeconds(5).toMillis(), TimeUnit.MILLISECONDS);
      assertThat(ended).isTrue();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
