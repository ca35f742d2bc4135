package io.grizz.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * One worker process's place at a queue: what it takes, it holds on leases in its own name.
 *
 * <p><b>Threads.</b> {@link #take} and {@link #listen} belong to one thread, the work loop; {@link
 * #renew} to another; everything else is safe for any number of threads. Renewal has a connection
 * of its own, so that busy jobs cannot starve it.
 *
 * <p><b>Errors.</b> As {@link JobQueue}: {@link QueueUnavailableException}, and repeating is safe.
 */
public interface Consumer extends AutoCloseable {

  /** The name that the leases carry. */
  String incarnation();

  /**
   * Takes and starts what may run now, and does not wait.
   *
   * @param max free slots; 1 or more
   * @param running the jobs this process runs already; none of them is handed out again
   */
  Taken take(int max, Set<UUID> running);

  /**
   * Waits until something was enqueued after the last {@link #take}, {@link #wake} was called, or
   * {@code wait} passed. Takes nothing, so that nothing can be lost here.
   */
  void listen(Duration wait) throws InterruptedException;

  /** Ends the current {@link #listen}, or the next one. From any thread. */
  void wake();

  /** Renews leases; names those that moved on and those whose owner wants the job stopped. */
  Renewal renew(Collection<Lease> leases);

  /**
   * Starts the job again under an epoch above {@code floor}: a record remembers that one, and the
   * queue does not.
   *
   * @return the new epoch; empty when the lease had moved on
   */
  OptionalLong restart(Lease lease, long floor);

  /**
   * Gives a job back.
   *
   * @param event for a job that streams, its next event, written in the same step
   */
  Settled settle(Lease lease, Settlement settlement, Optional<Event> event);

  /** Appends an event to the job's output log, once however often it is repeated. */
  Emitted emit(Lease lease, Event event);

  /** Stores all text so far, so that the log before {@code seq} may be trimmed. */
  Settled snapshot(Lease lease, long seq, String text);

  /**
   * Begins a new output log at {@code seq}, after {@link Emitted.Behind}: readers start again from
   * {@code text}.
   *
   * @param log the new log's name, unlike the old one's
   */
  Settled rebuild(Lease lease, String log, long seq, String text);

  /**
   * Puts back what silent workers left behind. After an outage of the store, or of the way to it,
   * nobody counts as silent for one lease.
   *
   * @return what was done; nothing when it is another worker's turn
   */
  Reaped reap();

  /** Puts back at once what one dead incarnation left behind: whoever calls saw it end. */
  Reaped release(String deadIncarnation);

  /**
   * Leaves the queue for good: what this incarnation still holds waits again at once, at no cost to
   * the jobs. For a worker that has drained; nothing may be taken afterwards.
   *
   * @return how many jobs wait again
   */
  int leave();

  /**
   * Moves due jobs to their lanes and ends what is past its deadline.
   *
   * @return what was done; when it is another worker's turn, only how many jobs are scheduled
   */
  Tended tend();

  /**
   * Clears away what is over: workers that are gone, dead letters beyond their bound, counts that
   * do not agree.
   *
   * @return how the queue stands; empty when it is another worker's turn
   */
  Optional<QueueStats> clear();

  /** Closes the connections. What is still leased becomes due again in time. */
  @Override
  void close();

  /**
   * What {@link #take} brought.
   *
   * @param leases in the order in which to start them
   * @param scheduled how many jobs wait for their time
   * @param paused nothing may start now
   * @param at when, by the store's clock: deadlines are told in its time
   */
  record Taken(List<Lease> leases, long scheduled, boolean paused, Instant at) {}

  /**
   * What {@link #renew} found.
   *
   * @param lost jobs whose lease moved on
   * @param cancelled jobs to be stopped
   */
  record Renewal(Set<UUID> lost, Set<UUID> cancelled) {}

  /**
   * What {@link #reap} or {@link #release} did.
   *
   * @param again jobs that wait again
   * @param poisoned jobs that were dead-lettered because they kept killing their workers
   */
  record Reaped(int again, int poisoned) {
    public static final Reaped NOTHING = new Reaped(0, 0);
  }

  /**
   * What {@link #tend} did.
   *
   * @param scheduled how many jobs still wait for their time
   * @param promoted jobs that may run now
   * @param ended jobs whose deadline passed while they waited
   */
  record Tended(long scheduled, int promoted, int ended) {}

  /**
   * One event of an output log.
   *
   * @param seq its number, one more than the last
   * @param frame JSON text, as readers get it
   */
  record Event(long seq, String frame) {}

  /** What became of an {@link #emit}. */
  sealed interface Emitted {
    /** It stands in the log; {@code cancelAsked} when the owner wants the job stopped. */
    record Written(boolean cancelAsked) implements Emitted {}

    /** The log lost events: it ends at {@code last}. */
    record Behind(long last) implements Emitted {}

    /** The lease had moved on; nothing was written. */
    record Fenced() implements Emitted {}
  }
}
