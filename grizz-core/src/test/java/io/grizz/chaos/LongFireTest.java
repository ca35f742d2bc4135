package io.grizz.chaos;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What takes too long for every build; {@code grizz.chaos.seconds} says how long the fire burns.
 */
@Tag("chaos")
class LongFireTest {

  private static final Duration FIRE = ofSeconds(Integer.getInteger("grizz.chaos.seconds", 1_800));

  @TempDir private Path directory;

  @Test
  void everyAcceptedJobEndsOnceHoweverLongItBurns() throws Exception {
    try (Arena arena = new Arena(directory, ofSeconds(3), 4)) {
      Fire fire = new Fire(arena, Long.getLong("grizz.chaos.seed", System.nanoTime()));
      fire.burn(FIRE.dividedBy(2));
      arena.restartRedis(ofSeconds(40));
      fire.burn(FIRE.dividedBy(2));
      System.err.println(fire.verify());
      assertThat(arena.journal().count(Journal.FENCED)).as("fenced writes").isPositive();
      assertThat(arena.journal().restarts(arena.kills)).as("restarts after kills").isNotEmpty();
    }
  }

  @Test
  void jobOfThreeMinutesIsStartedOnceUnderALeaseOfThirtySeconds() throws Exception {
    try (Arena arena = new Arena(directory, ofSeconds(30), 3)) {
      UUID job = arena.send(ChaosWorker.WORK, String.valueOf(ofMinutes(3).toMillis()));
      await()
          .atMost(ofMinutes(4))
          .pollInterval(ofSeconds(1))
          .until(() -> arena.queue.find(job).orElseThrow().state().terminal());
      assertThat(arena.journal().count(Journal.STARTED, job)).isEqualTo(1);
      assertThat(arena.journal().count(Journal.COMPLETED, job)).isEqualTo(1);
    }
  }
}
