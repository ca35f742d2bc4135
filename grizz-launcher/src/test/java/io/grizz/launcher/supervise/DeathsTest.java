package io.grizz.launcher.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who died is told to the living: twice, and not before somebody listens. */
class DeathsTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final Deaths deaths = new Deaths();
  private final List<String> heard = new ArrayList<>();

  @Test
  void deathIsToldAtOnceAndAgainAfterASecond() {
    deaths.add("worker-1-a", 0);
    assertThat(deaths.tell(0, heard::add)).isEmpty();
    assertThat(deaths.tell(SECOND - 1, heard::add)).isEmpty();
    assertThat(heard).containsExactly("dead worker-1-a");
    assertThat(deaths.tell(SECOND, heard::add)).containsExactly("worker-1-a");
    assertThat(heard).hasSize(2);
    assertThat(deaths.tell(9 * SECOND, heard::add)).isEmpty();
    assertThat(heard).hasSize(2);
  }

  @Test
  void deathThatNobodyHeardIsToldLater() {
    deaths.add("worker-1-a", 0);
    deaths.add("worker-2-b", 0);
    assertThat(deaths.tell(0, order -> false)).isEmpty();
    deaths.tell(1, heard::add);
    assertThat(heard).containsExactly("dead worker-1-a", "dead worker-2-b");
  }
}
