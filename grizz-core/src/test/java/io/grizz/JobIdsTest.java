package io.grizz;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.SplittableRandom;
import java.util.UUID;
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
}
