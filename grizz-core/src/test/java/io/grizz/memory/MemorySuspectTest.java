package io.grizz.memory;

import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.api.SuspectContract;
import java.time.Duration;
import java.time.Instant;

/** The contract, in memory, on a clock that moves when the test says so. */
class MemorySuspectTest extends SuspectContract {

  private final ManualClock clock = ManualClock.at(Instant.now());

  @Override
  protected JobQueue open(QueueConfig config) {
    return MemoryQueue.open(config, clock);
  }

  @Override
  protected void pass(Duration time) {
    clock.advance(time);
  }
}
