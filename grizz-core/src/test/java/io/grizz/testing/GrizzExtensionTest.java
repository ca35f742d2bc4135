package io.grizz.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.Grizz;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.Outcome;
import io.grizz.api.Receipt;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What JUnit gives to whoever asks. */
@GrizzTest
class GrizzExtensionTest {

  @RepeatedTest(3)
  void eachTestBeginsWithAnEmptyQueue(TestQueue queue) {
    assertThat(queue.stats().waiting()).isZero();
    assertThat(queue.enqueue(Job.of(UUID.randomUUID(), "greet", "{}")))
        .isInstanceOf(Receipt.Accepted.class);
    assertThat(queue.stats().waiting()).isEqualTo(1);
  }

  @Test
  void allParametersOfATestAreOneQueue(TestQueue queue, JobQueue same, Grizz grizz)
      throws Exception {
    assertThat(same).isSameAs(queue);
    Job job = grizz.job("greet", "\"Ada\"");
    same.enqueue(job);

    queue.drain(Map.of("greet", run -> new Outcome.Done(run.lease().job().payload())));

    assertThat(grizz.queue().find(job.id()).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
    assertThat(queue.find(job.id()).orElseThrow().result()).contains("\"Ada\"");
    assertThat(queue.enqueued()).containsExactly(job);
  }
}
