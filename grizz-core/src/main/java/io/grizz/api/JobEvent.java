package io.grizz.api;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * What happens at a queue, as it happens; for counting and tracing, never for deciding. Who sends
 * hears of what it sends, and a worker of all that it does.
 */
public sealed interface JobEvent {

  /** A job was offered to the queue. */
  record Enqueued(Job job, Receipt receipt) implements JobEvent {}

  /** Somebody asked for a job to be stopped; {@code state} as {@link JobQueue#cancel} answered. */
  record CancelAsked(UUID job, Optional<JobState> state) implements JobEvent {}

  /** A job was taken, and its run begins. */
  record Started(Lease lease) implements JobEvent {}

  /**
   * A run wrote to its output log.
   *
   * @param seq the number of the event
   * @param length of the event, in characters
   */
  record Emitted(Lease lease, long seq, int length) implements JobEvent {}

  /**
   * A run was given back. One that the limits of the model's provider put off has ended with a
   * snooze whose reason is {@code rate_limited}.
   *
   * @param ran from its start
   */
  record Ended(Lease lease, Settlement settlement, Duration ran) implements JobEvent {}

  /** A run came too late: its lease had moved on, and what it would have written was refused. */
  record Fenced(Lease lease) implements JobEvent {}

  /**
   * A run was told to stop, and its thread goes on: the job is given back, and its slot as well.
   *
   * @param stuck how many such threads there are here now
   */
  record Stuck(Lease lease, int stuck) implements JobEvent {}

  /** So many threads are stuck here that the process should be replaced. */
  record RecyclingAsked(int stuck) implements JobEvent {}

  /** Jobs of silent or dead workers wait again, or were given up on. */
  record Reaped(Consumer.Reaped jobs) implements JobEvent {}

  /** Jobs whose time had come were moved or ended, and what is over was cleared away. */
  record Tended(Consumer.Tended what) implements JobEvent {}

  /** How the queue stands, told by one worker in turn every few seconds. */
  record Gauged(QueueStats stats) implements JobEvent {}

  /** The store does not serve one of the worker's loops, which waits for it. */
  record StoreAway(String loop, QueueUnavailableException why) implements JobEvent {}

  /** The store serves that loop again. */
  record StoreBack(String loop, Duration away) implements JobEvent {}

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
