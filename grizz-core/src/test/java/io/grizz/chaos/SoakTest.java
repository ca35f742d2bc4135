package io.grizz.chaos;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import io.grizz.api.Receipt;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** A million short jobs, {@code grizz.soak.jobs} otherwise: what Redis keeps of them is nothing. */
@Tag("chaos")
class SoakTest {

  private static final int JOBS = Integer.getInteger("grizz.soak.jobs", 1_000_000);
  private static final int LAPS = 10;
  private static final int BATCH = 500;
  private static final int AHEAD = 10_000;
  private static final Pattern USED = Pattern.compile("used_memory:(\\d+)");

  @Test
  void memoryAndConsumersAreAsManyAfterAMillionJobsAsAfterTheFirstLap() throws Exception {
    QueueConfig config =
        QueueConfig.named("soak")
            .withCapacity(50_000, 50_000)
            .withRetention(
                new QueueConfig.Retention(
                    ofHours(24), ofSeconds(2), ofSeconds(2), ofSeconds(2), 10_000, 5_000));
    List<Long> memory = new ArrayList<>();
    List<Long> consumers = new ArrayList<>();
    AtomicLong ran = new AtomicLong();
    try (EmbeddedRedis redis = EmbeddedRedis.temporary();
        Jedis jedis = new Jedis(redis.uri());
        JobQueue queue = RedisQueue.open(RedisConfig.at(redis.uri()), config)) {
      for (int lap = 0; lap < LAPS; lap++) {
        try (Worker worker = worker(queue, config, lap, ran)) {
          worker.start();
          send(queue, ran, JOBS / LAPS);
          await().atMost(ofMinutes(5)).until(() -> queue.stats().waiting() == 0);
          await().atMost(ofMinutes(1)).until(() -> queue.stats().running() == 0);
        }
        await().atMost(ofMinutes(1)).pollInterval(ofMillis(500)).until(() -> jedis.dbSize() < 100);
        memory.add(used(jedis));
        consumers.add(consumers(jedis));
        System.err.println(
            "soak: " + ran + " jobs ran, bytes " + memory.getLast() + ", consumers " + consumers);
      }
      assertThat(ran.get()).isEqualTo(JOBS / LAPS * (long) LAPS);
      assertThat(memory.getLast()).as("bytes: %s", memory).isLessThan(memory.get(1) * 12 / 10);
      // Each lap's worker has left, and took its name along.
      assertThat(consumers).as("consumers after each lap").containsOnly(0L);
    }
  }

  private static Worker worker(JobQueue queue, QueueConfig config, int lap, AtomicLong ran) {
    return Worker.of(
        queue,
        "soak-" + lap,
        config.leases(),
        WorkerConfig.STANDARD.withConcurrency(100),
        Map.of(
            "short",
            job -> {
              ran.incrementAndGet();
              return Outcome.done();
            }));
  }

  /** Keeps some jobs ahead of the worker, so that memory is bounded by what waits. */
  private static void send(JobQueue queue, AtomicLong ran, int jobs) {
    long before = ran.get();
    for (int sent = 0; sent < jobs; sent += BATCH) {
      long soFar = sent;
      await()
          .atMost(ofMinutes(5))
          .pollInterval(ofMillis(5))
          .until(() -> soFar - (ran.get() - before) < AHEAD);
      List<Job> batch =
          Stream.generate(() -> Job.of(UUID.randomUUID(), "short", "{}"))
              .limit(Math.min(BATCH, jobs - sent))
              .toList();
      assertThat(queue.enqueueAll(batch)).allMatch(it -> it instanceof Receipt.Accepted);
    }
  }

  private static long used(Jedis jedis) {
    jedis.sendCommand(() -> "MEMORY".getBytes(java.nio.charset.StandardCharsets.UTF_8), "PURGE");
    Matcher used = USED.matcher(jedis.info("memory"));
    assertThat(used.find()).isTrue();
    return Long.parseLong(used.group(1));
  }

  private static long consumers(Jedis jedis) {
    return Stream.of("again", "suspect", "high", "normal", "low")
        .mapToLong(lane -> jedis.xinfoConsumers("grizz:{soak}:ready:" + lane, "workers").size())
        .sum();
  }
}
