package io.grizz.api;

import java.time.Instant;
import java.util.function.LongFunction;

/**
 * What a handler sees of the job that it runs.
 *
 * <p><b>Threads.</b> {@link #emit}, {@link #snapshot} and {@link #rebuild} belong to one thread at
 * a time, the handler's or one that it waits for; the rest is safe for any.
 */
public interface JobContext {

  /** The job, with its counters and the lease under which it runs. */
  Lease lease();

  /** What the job is to work on, as JSON text. */
  default String payload() {
    return lease().job().payload();
  }

  /** Which attempt this is, from 1: one more than the attempts that failed. */
  default int attempt() {
    return lease().attempt();
  }

  /**
   * When this run is stopped at the latest, by this machine's clock: at the job's deadline, or when
   * it has taken as long as one attempt may, unless it is {@link #finishing}.
   */
  Instant deadline();

  /** Whether its owner wants it stopped; the handler's thread is interrupted as well. */
  boolean cancelAsked();

  /**
   * Starts this run again under an epoch above {@code floor}, which a record remembers and the
   * queue does not.
   *
   * @return false when the lease had moved on
   */
  boolean restart(long floor);

  /** Says that the job moves on, to whoever watches over its silence. {@link #emit} does, too. */
  void progress();

  /**
   * Says that the work is done, and only has to be kept: from now on the run may take longer than
   * an attempt, until the job's deadline.
   */
  void finishing();

  /**
   * Appends an event to the job's output log.
   *
   * @param frame makes the event's JSON text from its number
   * @return the event's number
   * @throws LeaseLostException when the lease has moved on: nothing was written, so leave
   * @throws OutputLostException when the log lost events: {@link #rebuild} it, then emit again
   */
  long emit(LongFunction<String> frame);

  /** Stores all text up to the last event, so that the log before it may be trimmed. */
  void snapshot(String text);

  /**
   * Begins a new output log with all text up to the last event; see {@link OutputLostException}.
   */
  void rebuild(String text);

  /** The store lost the end of the job's output log, in a restart or a failover. */
  final class OutputLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public OutputLostException(String message) {
      super(message);
    }
  }

  /** The lease of a running job has moved on. */
  final class LeaseLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LeaseLostException(String message) {
      super(message);
    }
  }
}
