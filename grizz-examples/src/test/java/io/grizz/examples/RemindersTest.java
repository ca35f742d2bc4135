package io.grizz.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Job;
import io.grizz.testing.GrizzTest;
import io.grizz.testing.TestQueue;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

@GrizzTest
class RemindersTest {

  @Test
  void reminderIsEnqueuedAndSaid(TestQueue queue) throws Exception {
    new Reminders(queue).remind("tea", Instant.now());

    assertThat(queue.enqueued("remind")).extracting(Job::payload).containsExactly("\"tea\"");
    assertThat(queue.drain(Map.of("remind", Reminders::say))).hasSize(1);
  }
}
