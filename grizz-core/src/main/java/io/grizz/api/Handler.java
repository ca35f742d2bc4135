package io.grizz.api;

/**
 * Runs the jobs of one type. Called on a virtual thread of its own for each job, so it may block;
 * called again after a crash, so it must be safe to repeat.
 */
@FunctionalInterface
public interface Handler {

  /**
   * Runs one job.
   *
   * @throws InterruptedException when the job is to stop: it was cancelled, timed out, lost its
   *     lease, or the worker drains. Leave soon; the worker knows why and settles accordingly
   * @throws Exception anything else has decided {@link Outcome.Retry}
   */
  Outcome handle(JobContext job) throws Exception;

  /** This handler with an interceptor around it; the last one added is the outermost. */
  default Handler within(Interceptor interceptor) {
    return job -> interceptor.around(job, this);
  }
}
