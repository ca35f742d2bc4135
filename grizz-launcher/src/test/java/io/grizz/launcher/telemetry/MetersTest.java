package io.grizz.launcher.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.ConnectionNumbers;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.ModelCall;
import io.grizz.api.QueueConfig;
import io.grizz.api.SessionEvent;
import io.grizz.api.SessionEvent.PoolNumbers;
import io.grizz.memory.ManualClock;
import io.grizz.memory.MemoryQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is counted and measured, as Prometheus reads it. */
class MetersTest {

  private static final Pattern LINE =
      Pattern.compile("# (HELP|TYPE) \\S+ .*|[a-z_:][a-z0-9_:]*(\\{[^}]*})? (\\S+)");

  private final Meters meters = new Meters("web");

  @Test
  void queueIsMeasuredWhenSomebodyAsks() {
    ManualClock clock = ManualClock.at(Instant.EPOCH);
    QueueConfig config = QueueConfig.named("m").withCapacity(2, 1);
    try (JobQueue queue = MemoryQueue.open(config, clock, meters);
        var worker = queue.join("worker-1-abcd")) {
      meters.watch(queue);
      for (int i = 0; i < 3; i++) {
        queue.enqueue(Job.of(UUID.randomUUID(), "greet", "{}"));
      }
      worker.take(1, Set.of());
      clock.advance(Duration.ofSeconds(7));

      assertThat(meters.text().lines().filter(Predicate.not(it -> it.startsWith("# "))))
          .contains(
              "grizz_queue_up{process=\"web\"} 1.0",
              "grizz_queue_jobs{process=\"web\",state=\"waiting\"} 1.0",
              "grizz_queue_jobs{process=\"web\",state=\"running\"} 1.0",
              "grizz_queue_oldest_waiting_seconds{process=\"web\"} 7.0",
              "grizz_workers_seen{process=\"web\"} 1.0",
              "grizz_worker_jobs{process=\"web\",worker=\"worker-1\"} 1.0",
              "grizz_jobs_enqueued_total{outcome=\"accepted\",process=\"web\"} 1.0",
              "grizz_jobs_enqueued_total{outcome=\"pressured\",process=\"web\"} 1.0",
              "grizz_jobs_enqueued_total{outcome=\"overloaded\",process=\"web\"} 1.0");
    }
  }

  @Test
  void poolOfSessionsIsMeasured() {
    meters.watch(() -> new PoolNumbers(4, 3, 1, 9, Duration.ofMillis(1_500)));
    meters.on(new SessionEvent.Acquired("accept", Duration.ofMillis(20)));
    meters.on(new SessionEvent.Released("accept", Duration.ofMillis(5)));

    assertThat(meters.text())
        .contains(
            "grizz_sessions{process=\"web\",state=\"waited_for\"} 9.0",
            "grizz_sessions_most{process=\"web\"} 4.0",
            "grizz_sessions_longest_seconds{process=\"web\"} 1.5",
            "grizz_session_wait_seconds_count{process=\"web\"} 1",
            "grizz_session_use_seconds_sum{process=\"web\",transaction=\"accept\"} 0.005");
  }

  @Test
  void poolsOfConnectionsAreMeasuredByTheirNames() {
    meters.watchConnections("queue", () -> new ConnectionNumbers(16, 3, 12, 2));
    meters.watchConnections("limits", () -> new ConnectionNumbers(2, 0, 1, 0));

    assertThat(meters.text())
        .contains(
            "grizz_redis_connections{pool=\"queue\",process=\"web\",state=\"active\"} 3.0",
            "grizz_redis_connections{pool=\"queue\",process=\"web\",state=\"idle\"} 12.0",
            "grizz_redis_connections{pool=\"queue\",process=\"web\",state=\"waited_for\"} 2.0",
            "grizz_redis_connections{pool=\"limits\",process=\"web\",state=\"idle\"} 1.0",
            "grizz_redis_connections_most{pool=\"queue\",process=\"web\"} 16.0");
  }

  @Test
  @Timeout(20)
  void storeThatIsSlowHoldsUpNobodyElsesLook() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answers = new CountDownLatch(1);
    AtomicBoolean first = new AtomicBoolean(true);
    meters.gauges(
        "slow",
        "Slow",
        "state",
        () -> {
          if (first.getAndSet(false)) {
            asked.countDown();
            awaitQuietly(answers);
          }
          return Map.of("one", 1);
        });
    FutureTask<String> waits = new FutureTask<>(meters::text);
    Thread.ofVirtual().start(waits);
    asked.await();
    assertThat(meters.text()).contains("slow{process=\"web\",state=\"one\"} 1.0");
    assertThat(waits).isNotDone();
    answers.countDown();
    assertThat(waits.get()).contains("slow{");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void countsOfOthersAppearWhenTheyBegin_andValuesOfATagThatAreGoneDisappear() {
    AtomicReference<Map<String, Long>> closed = new AtomicReference<>(Map.of());
    AtomicReference<Map<String, Integer>> up = new AtomicReference<>(Map.of("web", 1, "x", 1));
    meters.counts("closed", "Closed", "code", closed::get);
    meters.gauges("up", "Up", "name", up::get);
    assertThat(meters.text())
        .doesNotContain("closed_total")
        .contains("up{name=\"x\",process=\"web\"} 1.0");

    closed.set(Map.of("slow", 2L));
    up.set(Map.of("web", 0));
    assertThat(meters.text())
        .contains(
            "closed_total{code=\"slow\",process=\"web\"} 2.0",
            "up{name=\"web\",process=\"web\"} 0.0")
        .doesNotContain("name=\"x\"");
  }

  @Test
  void everyLineIsWellFormed_andEveryNameIsDescribedOnce() {
    meters.gauge("one", "One", () -> 1);
    Map<String, Integer> described = new HashMap<>();
    assertThat(meters.text().lines())
        .allMatch(LINE.asMatchPredicate())
        .allSatisfy(line -> {
          if (line.startsWith("# TYPE")) {
            assertThat(described.merge(line.split(" ", -1)[2], 1, Integer::sum))
                .as(line)
                .isEqualTo(1);
          }
        })
        .anyMatch(it -> it.startsWith("jvm_memory_used_bytes"));
  }

  @Test
  void callsOfAModelAreCountedByTheirStandardNames() {
    var answered = new ModelCall.Answered(Duration.ofMillis(250), 12, 34);
    meters.on(new ModelCall("m", Duration.ofSeconds(2), Optional.of(answered), ""));
    meters.on(new ModelCall("m", Duration.ofSeconds(1), Optional.empty(), "rate_limited"));

    String tags = "gen_ai_operation_name=\"chat\",gen_ai_request_model=\"m\"";
    assertThat(meters.text())
        .contains(
            "gen_ai_client_operation_duration_seconds_sum{error_type=\"\"," + tags,
            "gen_ai_client_operation_duration_seconds_sum{error_type=\"rate_limited\"," + tags,
            "gen_ai_client_operation_time_to_first_chunk_seconds_sum{" + tags)
        .containsPattern("gen_ai_client_token_usage_sum\\{.*_token_type=\"input\".*} 12.0")
        .containsPattern("gen_ai_client_token_usage_sum\\{.*_token_type=\"output\".*} 34.0");
  }
}
