package io.grizz.chat;

import static io.grizz.chat.ChatConfig.STANDARD;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Tokens are gathered longer while events are slow to write, within bounds. */
class PaceTest {

  private final Pace pace = new Pace(STANDARD.flush());

  @Test
  void quickLogIsWrittenToAsOftenAsItMayBe() {
    assertThat(pace.nanos()).isEqualTo(ofMillis(30).toNanos());
    write(1_000, ofMillis(1));
    assertThat(pace.nanos()).isEqualTo(ofMillis(30).toNanos());
  }

  @Test
  void slowLogIsWrittenToLessOften() {
    write(1_000, ofMillis(10));
    assertThat(pace.nanos()).isBetween(ofMillis(79).toNanos(), ofMillis(80).toNanos());
  }

  @Test
  void nobodyWaitsForLongerThanTheMost() {
    write(1_000, ofMillis(900));
    assertThat(pace.nanos()).isEqualTo(ofMillis(200).toNanos());
  }

  @Test
  void oneSlowEventIsNoLoad_andQuickOnesAreBelievedSoon() {
    write(1, ofMillis(50));
    assertThat(pace.nanos()).isEqualTo(ofMillis(30).toNanos());
    write(1_000, ofMillis(900));
    write(100, ofMillis(1));
    assertThat(pace.nanos()).isEqualTo(ofMillis(30).toNanos());
  }

  private void write(int events, Duration each) {
    for (int i = 0; i < events; i++) {
      pace.took(each.toNanos());
    }
  }
}
