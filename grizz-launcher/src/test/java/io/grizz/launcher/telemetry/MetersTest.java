package io.grizz.launcher.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.api.SessionEvent;
import io.grizz.api.SessionEvent.PoolNumbers;
import io.grizz.memory.ManualClock;
import io.grizz.memory.MemoryQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is counted and measured, as Prometheus reads it. */
class MetersTest {

  private static final Pattern LINE =
      Pattern.compile("# (HELP|TYPE) \\S+ .*|[a-z_:][a-z0-9_:]*(\\{[^}]*})? (\\S+)");

  private final Meters meters = new Meters();

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
              "grizz_queue_up 1.0",
              "grizz_queue_jobs{state=\"waiting\"} 1.0",
              "grizz_queue_jobs{state=\"running\"} 1.0",
              "grizz_queue_oldest_waiting_seconds 7.0",
              "grizz_workers_seen 1.0",
              "grizz_worker_jobs{worker=\"worker-1\"} 1.0",
              "grizz_jobs_enqueued_total{outcome=\"accepted\"} 1.0",
              "grizz_jobs_enqueued_total{outcome=\"pressured\"} 1.0",
              "grizz_jobs_enqueued_total{outcome=\"overloaded\"} 1.0");
    }
  }

  @Test
  void poolOfSessionsIsMeasured() {
    meters.watch(() -> new PoolNumbers(4, 3, 1, 9, Duration.ofMillis(1_500)));
    meters.on(new SessionEvent.Acquired("accept", Duration.ofMillis(20)));
    meters.on(new SessionEvent.Released("accept", Duration.ofMillis(5)));

    assertThat(meters.text())
        .contains(
            "grizz_sessions{state=\"waited_for\"} 9.0",
            "grizz_sessions_most 4.0",
            "grizz_sessions_longest_seconds 1.5",
            "grizz_session_wait_seconds_count 1",
            "grizz_session_use_seconds_sum{transaction=\"accept\"} 0.005");
  }

  @Test
  void countsOfOthersAppearWhenTheyBegin_andValuesOfATagThatAreGoneDisappear() {
    AtomicReference<Map<String, Long>> closed = new AtomicReference<>(Map.of());
    AtomicReference<Map<String, Integer>> up = new AtomicReference<>(Map.of("web", 1, "x", 1));
    meters.counts("closed", "Closed", "code", closed::get);
    meters.gauges("up", "Up", "process", up::get);
    assertThat(meters.text()).doesNotContain("closed_total").contains("up{process=\"x\"} 1.0");

    closed.set(Map.of("slow", 2L));
    up.set(Map.of("web", 0));
    assertThat(meters.text())
        .contains("closed_total{code=\"slow\"} 2.0", "up{process=\"web\"} 0.0")
        .doesNotContain("process=\"x\"");
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
}
