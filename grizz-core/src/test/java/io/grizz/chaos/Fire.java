package io.grizz.chaos;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.JobState;
import io.grizz.api.JobView;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Sends jobs into an arena and hurts it at random, then checks that every accepted job ended once.
 */
final class Fire {

  private static final Duration FROZEN = ofMillis(4_500);
  private static final int JOBS_OF_A_ROUND = 12;

  private final Arena arena;
  private final long seed;
  private final RandomGenerator random;

  /**
   * @param seed decides what is done, though not when exactly
   */
  Fire(Arena arena, long seed) {
    this.arena = arena;
    this.seed = seed;
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  void burn(Duration time) throws IOException {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      for (int i = 0; i < JOBS_OF_A_ROUND; i++) {
        send();
      }
      hurt();
      Arena.pass(ofMillis(300));
    }
    arena.awaitQuiet(ofSeconds(90));
  }

  private void send() {
    String millis = String.valueOf(random.nextInt(40, 400));
    switch (random.nextInt(15)) {
      case 0 -> {
        arena.count("expiring");
        arena.sendExpiring(ChaosWorker.WORK, millis, ofMillis(500));
      }
      case 1 -> arena.cancel(arena.send(ChaosWorker.WORK, millis));
      default -> arena.send(ChaosWorker.WORK, millis);
    }
  }

  /** Does one thing that nobody should have to survive. */
  private void hurt() throws IOException {
    int victim = random.nextInt(arena.workers());
    switch (random.nextInt(8)) {
      case 0, 1 -> arena.kill(victim);
      case 2, 3 -> arena.freeze(victim, FROZEN);
      case 4 -> {
        arena.count("connections cut");
        arena.tell("CLIENT", "KILL", "TYPE", "normal");
      }
      case 5 -> {
        arena.count("pauses");
        arena.tell("CLIENT", "PAUSE", "400");
      }
      case 6 -> {
        arena.count("scripts forgotten");
        arena.tell("SCRIPT", "FLUSH");
      }
      default -> arena.restartRedis(Duration.ZERO);
    }
  }

  /** Checks what must hold, and says what happened. */
  String verify() throws IOException {
    Journal journal = arena.journal();
    Map<UUID, Integer> completions = journal.completions();
    String story = "seed " + seed + ", " + arena;
    Map<JobState, Integer> ends = new EnumMap<>(JobState.class);
    for (UUID id : arena.accepted) {
      JobView view = arena.queue.find(id).orElseThrow(() -> new AssertionError("lost: " + id));
      ends.merge(view.state(), 1, Integer::sum);
      assertThat(view.counters().attempts())
          .as("attempts: only failures cost one; %s", story)
          .isZero();
      if (view.state() == JobState.DEAD) {
        assertThat(view.counters().crashes()).as(story).isEqualTo(3);
      }
      assertThat(completions.getOrDefault(id, 0))
          .as("completions of %s; %s", id, story)
          .isLessThan(2);
    }
    assertThat(ends.keySet())
        .as(story)
        .isSubsetOf(JobState.COMPLETED, JobState.DEAD, JobState.CANCELLED, JobState.EXPIRED);
    assertThat(arena.queue.stats().waiting() + arena.queue.stats().running()).as(story).isZero();
    List<Long> restarts = journal.restarts(arena.kills);
    return story
        + ", ends "
        + ends
        + ", losses 0, duplicates 0, fenced "
        + journal.count(Journal.FENCED)
        + ", crash to restart of "
        + restarts.size()
        + " jobs: p50 "
        + percentile(restarts, 50)
        + " ms, p99 "
        + percentile(restarts, 99)
        + " ms";
  }

  private static long percentile(List<Long> sorted, int percent) {
    return sorted.isEmpty() ? 0 : sorted.get((sorted.size() - 1) * percent / 100);
  }
}
