package io.grizz.examples;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Handler;
import io.grizz.api.Outcome;
import io.grizz.memory.ManualClock;
import io.grizz.testing.TestQueue;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Without a server, and without waiting: the test moves the clock. */
class RemindersInMemoryTest {

  private static final Map<String, Handler> HANDLERS = Map.of(Reminders.TYPE, Reminders::say);

  private final ManualClock clock = ManualClock.at(Instant.parse("2026-11-24T08:00:00Z"));

  @Test
  void reminderWaitsForItsTime() throws Exception {
    try (TestQueue queue = TestQueue.inMemory(clock)) {
      new Reminders(queue).remind("tea", clock.instant().plus(ofHours(1)));

      clock.advance(ofMinutes(59));
      assertThat(queue.drain(HANDLERS)).isEmpty();

      clock.advance(ofMinutes(1));
      assertThat(queue.drain(HANDLERS).getFirst().outcome()).isEqualTo(new Outcome.Done("\"tea\""));
    }
  }
}
