package io.grizz;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class JobIdsTest {

  @Test
  void idsAreOfVersionSevenAndSortByTime() {
    SplittableRandom random = new SplittableRandom(7);
    UUID earlier = new JobIds(() -> Instant.ofEpochMilli(1_000), random).next();
    UUID later = new JobIds(() -> Instant.ofEpochMilli(1_001), random).next();

    assertThat(earlier.version()).isEqualTo(7);
    assertThat(earlier.variant()).isEqualTo(2);
    assertThat(earlier.toString()).isLessThan(later.toString());
  }

  @Test
  void eachIdIsLargerThanTheOneBeforeWhateverTheClockDoes() {
    SplittableRandom random = new SplittableRandom(7);
    AtomicLong clock = new AtomicLong(1_000);
    JobIds ids = new JobIds(() -> Instant.ofEpochMilli(clock.get()), random);
    String before = "";
    for (int i = 0; i < 10_000; i++) {
      clock.addAndGet(i % 1_000 == 0 ? 1 - random.nextInt(3) : 0);
      UUID id = ids.next();
      assertThat(id.toString()).isGreaterThan(before);
      assertThat(id.version()).isEqualTo(7);
      before = id.toString();
    }
  }
}
