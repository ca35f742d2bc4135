package io.grizz;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.Job;
import io.grizz.api.JobState;
import io.grizz.api.QueueConfig;
import java.time.InstantSource;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Waiting for one job. */
class AwaitTest {

  @Test
  void whoWaitedLongEnoughIsToldHowTheJobStandsAndTheJobGoesOn() {
    try (Grizz grizz = Grizz.inMemory(QueueConfig.named("await"), InstantSource.system())) {
      Job job = grizz.job("greet", "{}");
      grizz.queue().enqueue(job);
      assertThatThrownBy(() -> grizz.await(job.id(), ofMillis(20)))
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining(job.id().toString())
          .hasMessageContaining("READY after PT0.02S");
      assertThat(grizz.queue().find(job.id()).orElseThrow().state()).isEqualTo(JobState.READY);
      assertThatThrownBy(() -> grizz.await(grizz.newId(), ofMillis(20)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
