package io.grizz.api;

import java.time.Duration;

/**
 * What happens to jobs at a worker, as it happens; for counting and tracing, never for deciding.
 */
public sealed interface JobEvent {

  /** A run begins. */
  record Started(Lease lease) implements JobEvent {}

  /**
   * A run was given back.
   *
   * @param ran from its start
   */
  record Ended(Lease lease, Settlement settlement, Duration ran) implements JobEvent {}

  /** A run came too late: its lease had moved on, and what it would have written was refused. */
  record Fenced(Lease lease) implements JobEvent {}

  /** Jobs of silent or dead workers wait again, or were given up on. */
  record Reaped(Consumer.Reaped jobs) implements JobEvent {}

  /**
   * Hears of them. Called on the thread on which it happens, so it must return at once; what it
   * throws is logged and changes nothing.
   */
  @FunctionalInterface
  interface Listener {
    /** Hears nothing, and costs nothing. */
    Listener NONE = event -> {};

    void on(JobEvent event);
  }
}
