package io.grizz.launcher.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often and how soon a process is started again. */
class RestartBudgetTest {

  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
  private static final Duration HALF_A_MINUTE = Duration.ofSeconds(30);
  private static final Duration A_MINUTE = Duration.ofSeconds(60);

  private final RestartBudget budget =
      new RestartBudget(
          new SupervisorConfig(
              5, A_MINUTE, Duration.ofMillis(500), HALF_A_MINUTE, HALF_A_MINUTE, HALF_A_MINUTE),
          RandomGenerator.of("L64X128MixRandom"));

  @ParameterizedTest
  @ValueSource(longs = {0, 10_000, 59_999})
  void processThatIsNeverHealthyForAMinuteIsStartedFiveTimesAgain(long healthyMillis) {
    for (int restart = 1; restart <= 5; restart++) {
      assertThat(budget.ended(Duration.ofMillis(healthyMillis))).isPresent();
      assertThat(budget.used()).isEqualTo(restart);
    }
    assertThat(budget.ended(Duration.ofMillis(healthyMillis))).isEmpty();
    assertThat(budget.ended(Duration.ofMillis(healthyMillis))).isEmpty();
  }

  @Test
  void pausesDoubleWithJitterDownToTheHalf() {
    for (long bound = 500; bound <= 8_000; bound *= 2) {
      assertThat(budget.ended(TEN_SECONDS).orElseThrow().toMillis()).isBetween(bound / 2, bound);
    }
  }

  @Test
  void healthForgetsRestartsAndPausesTogether() {
    for (int i = 0; i < 5; i++) {
      budget.ended(TEN_SECONDS);
    }
    assertThat(budget.ended(A_MINUTE).orElseThrow()).isLessThanOrEqualTo(Duration.ofMillis(500));
    assertThat(budget.used()).isEqualTo(1);
  }

  @Test
  void pauseHasACap() {
    SupervisorConfig patient =
        new SupervisorConfig(
            100, A_MINUTE, Duration.ofMillis(500), Duration.ofSeconds(30), A_MINUTE, A_MINUTE);
    RestartBudget large = new RestartBudget(patient, RandomGenerator.of("L64X128MixRandom"));
    for (int i = 0; i < 100; i++) {
      Optional<Duration> pause = large.ended(TEN_SECONDS);
      assertThat(pause.orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(30));
    }
  }
}
