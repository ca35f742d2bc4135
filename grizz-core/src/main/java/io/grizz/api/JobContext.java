package io.grizz.api;

import java.util.function.LongFunction;

/**
 * What a handler sees of the job that it runs.
 *
 * <p><b>Threads.</b> {@link #emit} and {@link #snapshot} belong to the handler's own thread; the
 * rest is safe for any.
 */
public interface JobContext {

  /** The job, with its counters and the lease under which it runs. */
  Lease lease();

  /** Whether its owner wants it stopped; the handler's thread is interrupted as well. */
  boolean cancelAsked();

  /** Says that the job moves on, to whoever watches over its silence. {@link #emit} does, too. */
  void progress();

  /**
   * Appends an event to the job's output log.
   *
   * @param frame makes the event's JSON text from its number
   * @return the event's number
   * @throws LeaseLostException when the lease has moved on: nothing was written, so leave
   */
  long emit(LongFunction<String> frame);

  /** Stores all text up to the last event, so that the log before it may be trimmed. */
  void snapshot(String text);

  /** The lease of a running job has moved on. */
  final class LeaseLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LeaseLostException(String message) {
      super(message);
    }
  }
}
