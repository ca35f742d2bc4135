package io.grizz.chaos;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.JobState;
import io.grizz.api.JobView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Real worker processes with leases of 3 s, mistreated in every way that a day may bring: one story
 * after the other, beside other tests.
 */
@Execution(ExecutionMode.CONCURRENT)
class WorkersUnderFireTest {

  private static final Duration LEASE = ofSeconds(3);
  private static final Duration SOON = ofSeconds(60);

  @TempDir private Path directory;

  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void everyAcceptedJobEndsOnceWhateverHappensToItsWorkers() throws Exception {
    try (Arena arena = new Arena(directory, LEASE, 3)) {
      Fire fire = new Fire(arena, Long.getLong("grizz.chaos.seed", System.nanoTime()));
      fire.burn(ofSeconds(20));
      System.err.println(fire.verify());
    }
  }

  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void onlyThePoisonousOneOfManyIsGivenUpOn() throws Exception {
    try (Arena arena = new Arena(directory, LEASE, 3)) {
      send(arena, 100, 60);
      UUID poison = arena.send(ChaosWorker.POISON, "0");
      send(arena, 100, 60);
      await()
          .atMost(SOON)
          .pollInterval(ofMillis(100))
          .until(() -> {
            arena.replaceTheDead();
            return arena.quiet();
          });
      assertThat(arena.queue.find(poison).orElseThrow().state()).isEqualTo(JobState.DEAD);
      assertThat(arena.queue.find(poison).orElseThrow().reason()).contains("crashed");
      assertThat(arena.queue.stats().dead()).isEqualTo(1);
    }
  }

  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void frozenWorkerThatWakesChangesNothing() throws Exception {
    try (Arena arena = new Arena(directory, LEASE, 1)) {
      List<UUID> jobs = send(arena, 10, 1_500);
      await().atMost(SOON).until(() -> arena.journal().count(Journal.STARTED) == jobs.size());
      arena.freeze(0);
      arena.add();
      arena.awaitQuiet(SOON);
      arena.wake(0);
      await().atMost(SOON).until(() -> arena.journal().count(Journal.FENCED) == jobs.size());
      for (UUID job : jobs) {
        JobView view = arena.queue.find(job).orElseThrow();
        assertThat(view.state()).isEqualTo(JobState.COMPLETED);
        assertThat(view.counters().crashes()).isEqualTo(1);
        assertThat(arena.journal().count(Journal.COMPLETED, job)).isEqualTo(1);
      }
    }
  }

  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void redisThatIsAwayForLongerThanALeaseIsNobodysCrash() throws Exception {
    try (Arena arena = new Arena(directory, LEASE, 2)) {
      List<UUID> jobs = send(arena, 10, 3_000);
      await().atMost(SOON).until(() -> arena.journal().count(Journal.STARTED) == jobs.size());
      arena.restartRedis(LEASE.multipliedBy(2));
      arena.awaitQuiet(SOON);
      requireUnharmed(arena, jobs);
    }
  }

  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void longJobIsStartedOnceHoweverShortItsLease() throws Exception {
    try (Arena arena = new Arena(directory, LEASE, 3)) {
      List<UUID> jobs = send(arena, 3, (int) LEASE.multipliedBy(3).toMillis());
      arena.awaitQuiet(SOON);
      for (UUID job : jobs) {
        assertThat(arena.journal().count(Journal.STARTED, job)).isEqualTo(1);
      }
    }
  }

  @Test
  @Execution(ExecutionMode.SAME_THREAD)
  void afterAFlushWhatWasThereIsLostAndWhatComesIsDone() throws Exception {
    try (Arena arena = new Arena(directory, LEASE, 2)) {
      List<UUID> before = send(arena, 60, 2_000);
      await().atMost(SOON).until(() -> arena.journal().count(Journal.STARTED) >= 20);
      arena.tell("FLUSHALL");
      arena.accepted.clear();
      List<UUID> after = send(arena, 50, 50);
      arena.awaitQuiet(SOON);
      long losses = before.stream().filter(id -> arena.queue.find(id).isEmpty()).count();
      assertThat(losses).as("of %s before the flush", before.size()).isEqualTo(before.size());
      requireUnharmed(arena, after);
    }
  }

  private static List<UUID> send(Arena arena, int jobs, int millis) {
    return IntStream.range(0, jobs)
        .mapToObj(i -> arena.send(ChaosWorker.WORK, String.valueOf(millis)))
        .toList();
  }

  private static void requireUnharmed(Arena arena, List<UUID> jobs) throws Exception {
    Journal journal = arena.journal();
    for (UUID job : jobs) {
      JobView view = arena.queue.find(job).orElseThrow();
      assertThat(view.state()).isEqualTo(JobState.COMPLETED);
      assertThat(view.counters().crashes()).isZero();
      assertThat(view.counters().attempts()).isZero();
      assertThat(journal.count(Journal.COMPLETED, job)).isEqualTo(1);
    }
  }
}
