package io.grizz.api;

/**
 * Runs around a handler: measures it, gives it context, changes what it decided, or decides in its
 * place. Called on the job's own virtual thread; what it throws counts as the handler's.
 */
@FunctionalInterface
public interface Interceptor {

  /**
   * Runs {@code next}, or not.
   *
   * @return the outcome of the run
   */
  Outcome around(JobContext job, Handler next) throws Exception;
}
