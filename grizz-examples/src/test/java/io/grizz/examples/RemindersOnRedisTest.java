package io.grizz.examples;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.Grizz;
import io.grizz.api.QueueConfig;
import io.grizz.api.Receipt;
import io.grizz.worker.WorkerConfig;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** All of it for real: a Redis that starts by itself, and a worker with its threads. */
class RemindersOnRedisTest {

  @Test
  void workerSaysWhatWasDue() throws Exception {
    try (Grizz grizz = Grizz.temporary(QueueConfig.named("reminders"))) {
      grizz.work(WorkerConfig.STANDARD, Map.of(Reminders.TYPE, Reminders::say));

      Receipt receipt = new Reminders(grizz.queue()).remind("tea", Instant.now());

      assertThat(receipt).isInstanceOf(Receipt.Accepted.class);
      Receipt.Accepted accepted = (Receipt.Accepted) receipt;
      assertThat(grizz.await(accepted.id(), ofSeconds(10)).result()).contains("\"tea\"");
    }
  }
}
