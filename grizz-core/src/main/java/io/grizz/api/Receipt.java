package io.grizz.api;

import java.time.Duration;
import java.util.UUID;

/** What became of an enqueue. A full queue is an answer, not an exception. */
public sealed interface Receipt {

  /**
   * The job is in the queue.
   *
   * @param pressure how full the queue is now
   */
  record Accepted(UUID id, Pressure pressure) implements Receipt {
    /** Whether the queue is past its soft limit: send less if you can. */
    public boolean pressured() {
      return pressure != Pressure.NONE;
    }
  }

  /** A job with this id, or this idempotency key and the same payload, was accepted before. */
  record Duplicate(UUID id, JobState state) implements Receipt {}

  /** A job with this idempotency key was accepted before, with another payload. */
  record Conflict(UUID id) implements Receipt {}

  /**
   * The queue is full; nothing was kept.
   *
   * @param waiting how many jobs wait
   * @param retryAfter when trying again makes sense
   */
  record Overloaded(long waiting, Duration retryAfter) implements Receipt {}
}
