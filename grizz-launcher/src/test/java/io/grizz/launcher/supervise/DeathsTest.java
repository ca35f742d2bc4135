package io.grizz.launcher.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who died is told to the living, until two of them released it. */
class DeathsTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final Deaths deaths = new Deaths();
  private final List<String> heard = new ArrayList<>();

  @Test
  void deathIsToldAtOnceAndAgainAfterASecond() {
    deaths.add("worker-1-a", 0);
    deaths.tell(0, heard::add);
    assertThat(deaths.released("worker-1-a")).isFalse();
    deaths.tell(SECOND - 1, heard::add);
    assertThat(heard).containsExactly("dead worker-1-a");
    deaths.tell(SECOND, heard::add);
    assertThat(deaths.released("worker-1-a")).isTrue();
    deaths.tell(9 * SECOND, heard::add);
    assertThat(heard).hasSize(2);
    assertThat(deaths.released("worker-1-a")).as("it is over").isFalse();
  }

  @Test
  void deathThatNobodyReleasedIsToldOn() {
    deaths.add("worker-1-a", 0);
    for (int second = 0; second < 10; second++) {
      deaths.tell(second * SECOND, heard::add);
    }
    assertThat(heard).hasSize(10);
    assertThat(deaths.released("worker-1-a")).isFalse();
    assertThat(deaths.released("worker-1-a")).isTrue();
  }

  @Test
  void deathThatNobodyHeardIsToldLater() {
    deaths.add("worker-1-a", 0);
    deaths.add("worker-2-b", 0);
    deaths.tell(0, order -> false);
    deaths.tell(1, heard::add);
    assertThat(heard).containsExactlyInAnyOrder("dead worker-1-a", "dead worker-2-b");
  }
}
