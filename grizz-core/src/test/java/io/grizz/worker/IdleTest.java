package io.grizz.worker;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.JobQueue;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisMonitor;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** What a worker with nothing to do costs its Redis, as MONITOR sees it. */
@Execution(ExecutionMode.CONCURRENT)
class IdleTest {

  private static final Duration BLOCK = ofSeconds(3);
  private static final Duration WATCHED = ofSeconds(10);

  @Test
  void idleWorkerReadsOnceForEachBlockAndLooksAfterTheRestWithItsReaping() {
    QueueConfig config =
        QueueConfig.named("idle")
            .withLeases(new Leases(ofSeconds(30), ofSeconds(10), ofSeconds(4), BLOCK));
    List<String> seen = new CopyOnWriteArrayList<>();
    try (EmbeddedRedis redis = EmbeddedRedis.temporary();
        JobQueue queue = RedisQueue.open(RedisConfig.at(redis.uri()), config);
        Worker worker =
            Worker.of(
                queue,
                "idle-1",
                config.leases(),
                WorkerConfig.STANDARD,
                Map.of("greet", job -> Outcome.done()))) {
      worker.start();
      await().until(() -> queue.stats().running() == 0);
      try (Jedis monitor = new Jedis(redis.uri(), Integer.MAX_VALUE)) {
        Thread.ofPlatform().daemon().start(() -> watch(monitor, seen));
        await().during(WATCHED).atMost(WATCHED.plusSeconds(5)).until(() -> true);
        assertThat(count(seen, "\"xread\""))
            .as("blocking reads in %s, each for %s", WATCHED, BLOCK)
            .isBetween(2L, 4L);
        assertThat(seen.stream().filter(line -> !line.contains("lua")).count())
            .as(() -> String.join("\n", seen))
            .isLessThan(30);
      }
    }
  }

  private static long count(List<String> lines, String command) {
    return lines.stream().filter(line -> line.toLowerCase(Locale.ROOT).contains(command)).count();
  }

  private static void watch(Jedis jedis, List<String> seen) {
    try {
      jedis.monitor(
          new JedisMonitor() {
            @Override
            public void onCommand(String command) {
              seen.add(command);
            }
          });
    } catch (JedisConnectionException e) {
      seen.add("the end of what was seen"); // the connection is closed when enough was
    }
  }
}
