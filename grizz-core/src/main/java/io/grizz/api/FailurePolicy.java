package io.grizz.api;

import java.util.Optional;

/**
 * What it means for a job that its handler threw. The first rule that knows the failure decides:
 *
 * <pre>{@code
 * FailurePolicy.RETRY
 *     .rejecting(IllegalArgumentException.class, "bad_payload")
 *     .deciding(LimitedException.class, e -> new Outcome.Snooze(e.retryAfter(), "limited"))
 * }</pre>
 *
 * <p>The message of a failure may hold anybody's secret, and reasons are shown: so a reason names
 * what failed, and does not quote it.
 */
@FunctionalInterface
public interface FailurePolicy {

  /** Tries again, as the worker's retry policy says, whatever it was. */
  FailurePolicy RETRY =
      failure -> new Outcome.Retry(Optional.empty(), failure.getClass().getSimpleName());

  /** What becomes of the job. */
  Outcome decide(Throwable failure);

  /** The same, but failures of this type are hopeless: the job is given up on at once. */
  default FailurePolicy rejecting(Class<? extends Throwable> type, String reason) {
    return deciding(type, failure -> new Outcome.Reject(reason));
  }

  /** The same, but for failures of this type {@code rule} decides. */
  default <T extends Throwable> FailurePolicy deciding(Class<T> type, Rule<T> rule) {
    return failure -> type.isInstance(failure) ? rule.decide(type.cast(failure)) : decide(failure);
  }

  /** Decides for one type of failure. */
  @FunctionalInterface
  interface Rule<T extends Throwable> {
    Outcome decide(T failure);
  }
}
