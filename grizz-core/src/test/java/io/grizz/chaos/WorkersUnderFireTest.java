package io.grizz.chaos;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Receipt;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Three worker processes and a sender, while processes are killed and frozen, connections cut,
 * scripts forgotten and Redis itself killed. Lasts {@code grizz.chaos.seconds}, 20 by default, from
 * {@code grizz.chaos.seed}.
 */
class WorkersUnderFireTest {

  private static final Duration FIRE = ofSeconds(Integer.getInteger("grizz.chaos.seconds", 20));
  private static final int WORKERS = 3;

  @TempDir private Path directory;

  private final long seed = Long.getLong("grizz.chaos.seed", System.nanoTime());
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  private final EmbeddedRedis redis = EmbeddedRedis.temporary();
  private final QueueConfig config =
      QueueConfig.named("chaos").withLeases(ChaosWorker.leases()).withCapacity(100_000, 100_000);
  private final JobQueue queue = RedisQueue.open(RedisConfig.at(redis.uri()), config);
  private final List<Process> workers = new ArrayList<>();
  private final Map<String, Integer> done = new HashMap<>();
  private final List<UUID> accepted = new ArrayList<>();
  private int started;

  @BeforeEach
  void start() throws IOException {
    for (int i = 0; i < WORKERS; i++) {
      workers.add(worker());
    }
  }

  @AfterEach
  void stop() {
    workers.forEach(Process::destroyForcibly);
    workers.forEach(worker -> worker.onExit().join());
    queue.close();
    redis.close();
  }

  @Test
  void everyAcceptedJobEndsOnceWhateverHappensToItsWorkers() throws Exception {
    long end = System.nanoTime() + FIRE.toNanos();
    while (System.nanoTime() < end) {
      for (int i = 0; i < 12; i++) {
        send(ChaosWorker.WORK, String.valueOf(random.nextInt(40, 400)));
      }
      hurt();
      await().pollDelay(ofMillis(300)).until(() -> true);
    }
    await().atMost(ofSeconds(60)).pollInterval(ofMillis(200)).ignoreExceptions().until(this::quiet);

    Map<String, Integer> runs = journal();
    String story = "seed " + seed + ", " + accepted.size() + " jobs, " + done + ", " + runs;
    Map<JobState, Integer> ends = new HashMap<>();
    for (UUID id : accepted) {
      JobView view = queue.find(id).orElseThrow();
      ends.merge(view.state(), 1, Integer::sum);
      assertThat(view.state().terminal()).as(story).isTrue();
      assertThat(view.counters().attempts())
          .as("attempts: only failures cost one; " + story)
          .isZero();
      if (view.state() == JobState.DEAD) {
        assertThat(view.counters().crashes()).as(story).isEqualTo(3);
      }
      assertThat(runs.getOrDefault("C " + id, 0)).as("completions; " + story).isLessThan(2);
    }
    System.err.println(
        story.replaceAll(", \\{[CFS] .*", "") + ", ends " + ends + ", fenced " + runs.get("F"));
    assertThat(ends.getOrDefault(JobState.DEAD, 0)).as(story).isLessThan(3);
    assertThat(queue.stats().waiting() + queue.stats().running()).isZero();
  }

  @Test
  void onlyThePoisonousOneOfManyIsGivenUpOn() throws Exception {
    for (int i = 0; i < 100; i++) {
      send(ChaosWorker.WORK, "60");
    }
    UUID poison = send(ChaosWorker.POISON, "0");
    for (int i = 0; i < 100; i++) {
      send(ChaosWorker.WORK, "60");
    }
    await()
        .atMost(ofSeconds(60))
        .pollInterval(ofMillis(100))
        .until(() -> {
          replaceTheDead();
          return quiet();
        });
    assertThat(queue.find(poison).orElseThrow().state()).isEqualTo(JobState.DEAD);
    assertThat(queue.find(poison).orElseThrow().reason()).contains("crashed");
    assertThat(queue.stats().dead()).isEqualTo(1);
  }

  private UUID send(String type, String payload) {
    Job job = Job.of(UUID.randomUUID(), type, payload).with(Job.Output.streaming("log1"));
    while (true) {
      try {
        Receipt receipt = queue.enqueue(job);
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

  /** Does one thing that nobody should have to survive. */
  private void hurt() throws Exception {
    int victim = random.nextInt(WORKERS);
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        count("kills");
        workers.get(victim).destroyForcibly().onExit().join();
        workers.set(victim, worker());
      }
      case 2, 3 -> {
        count("freezes");
        Process frozen = workers.get(victim);
        signal(frozen, "STOP");
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              await().pollDelay(ofMillis(4_500)).until(() -> true);
              signal(frozen, "CONT");
            });
      }
      case 4 -> {
        count("connections cut");
        tell("CLIENT", "KILL", "TYPE", "normal");
      }
      case 5 -> {
        count("pauses");
        tell("CLIENT", "PAUSE", "400");
      }
      case 6 -> {
        count("scripts forgotten");
        tell("SCRIPT", "FLUSH");
      }
      default -> {
        count("restarts of Redis");
        tell("WAITAOF", "1", "0", "2000"); // 7.2 and newer; before, the file is synced each second
        await().pollDelay(ofMillis(1_100)).until(() -> true);
        redis.kill();
        redis.start();
      }
    }
  }

  private void tell(String command, String... arguments) {
    try (Jedis jedis = new Jedis(redis.uri())) {
      jedis.sendCommand(() -> command.getBytes(java.nio.charset.StandardCharsets.UTF_8), arguments);
    } catch (JedisException e) {
      count("answers lost");
    }
  }

  private void replaceTheDead() throws IOException {
    for (int i = 0; i < WORKERS; i++) {
      if (!workers.get(i).isAlive()) {
        workers.set(i, worker());
      }
    }
  }

  private boolean quiet() {
    return accepted.stream().allMatch(id -> queue.find(id).orElseThrow().state().terminal());
  }

  private Process worker() throws IOException {
    String name = "chaos-" + ++started;
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            ChaosWorker.class.getName(),
            redis.uri().toString(),
            config.name(),
            name,
            directory.resolve(name).toString())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(directory.resolve(name + ".log").toFile())
        .start();
  }

  private static void signal(Process process, String name) {
    try {
      boolean ended =
          new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor(5, TimeUnit.SECONDS);
      assertThat(ended).isTrue();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How often each line stands in the journals, and each kind of line. */
  private Map<String, Integer> journal() throws IOException {
    Map<String, Integer> lines = new HashMap<>();
    for (int i = 1; i <= started; i++) {
      Path journal = directory.resolve("chaos-" + i);
      for (String line : Files.exists(journal) ? Files.readAllLines(journal) : List.<String>of()) {
        lines.merge(line, 1, Integer::sum);
        lines.merge(line.substring(0, 1), 1, Integer::sum);
      }
    }
    return lines;
  }

  private synchronized void count(String what) {
    done.merge(what, 1, Integer::sum);
  }
}
