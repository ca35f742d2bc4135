package io.grizz.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A durable line of jobs, shared by every process that opens the same name.
 *
 * <p><b>Delivery</b> is at least once; effects are fenced. A job whose worker vanishes becomes due
 * again when its lease runs out, and whatever the vanished worker still writes changes nothing and
 * is answered {@link Settled#FENCED}.
 *
 * <p><b>Threads.</b> Safe for any number of threads. Calls block on the network: make them from a
 * virtual thread, and never while holding a lock.
 *
 * <p><b>Errors.</b> Every method but {@link #close} throws {@link QueueUnavailableException} when
 * the store does not answer in time. The call may have taken effect; repeating it is safe.
 */
public interface JobQueue extends AutoCloseable {

  /**
   * Appends {@code job} and returns once the store has recorded it. Enqueuing the same {@link
   * Job#id()} again adds nothing for as long as the job is remembered; only a recorded job that
   * ended, and for which its record names another log, begins anew.
   *
   * @return what became of it; a full queue is an answer, not an exception
   */
  Receipt enqueue(Job job);

  /**
   * Enqueues many jobs, in one round trip for each 500 of them. Each is accepted, or not, by
   * itself, so that some may be when this throws; repeating it is safe.
   *
   * @return what became of each, in their order
   */
  List<Receipt> enqueueAll(List<Job> jobs);

  /** The job as it stands; empty when it never was, or has been forgotten. */
  Optional<JobView> find(UUID id);

  /**
   * Asks for the job to be stopped. A job that waits never starts; a running one is flagged, and
   * its worker told. Asking twice is harmless.
   *
   * @return the state after the call; empty when the job is unknown
   */
  Optional<JobState> cancel(UUID id);

  /**
   * Lets nothing start before {@code until}; running jobs go on, and what comes waits in its place.
   * A later call replaces the time; one beyond {@link Job.Schedule#LAST} counts as that.
   */
  void pause(Instant until);

  /** Ends a pause; what waited comes back in its order. */
  void resume();

  /** How many jobs stand where. */
  QueueStats stats();

  /** The workers that take jobs here; one that is gone without a word is listed for a while. */
  List<WorkerView> workers();

  /**
   * What the output log of a job holds after {@code after}; empty when there is no log, and when it
   * ran out after the job's end.
   */
  Optional<OutputPage> output(UUID id, long after);

  /** The jobs that were given up on. */
  DeadLetters deadLetters();

  /** Opens a doorbell, which connects by itself and again; close it before the queue. */
  Doorbell doorbell(Doorbell.Listener listener);

  /** The side of the queue that a record uses. */
  Reconciliation reconciliation();

  /**
   * Takes a place among the workers.
   *
   * @param incarnation unique for each start of a process: 1 to 64 of {@code A-Z a-z 0-9 . _ -}
   */
  Consumer join(String incarnation);

  /** Closes the connections; leased jobs become due again in time. Closing twice is harmless. */
  @Override
  void close();
}
