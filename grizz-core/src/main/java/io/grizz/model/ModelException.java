package io.grizz.model;

import java.time.Duration;

/** A call that brought no complete answer. */
public final class ModelException extends Exception {

  private static final long serialVersionUID = 1L;

  /** What to do about it. */
  public enum Verdict {
    /** Try again, as a further attempt. */
    RETRY,
    /** Try again after {@link #retryAfter}: nobody's fault. */
    SNOOZE,
    /** Give up: the same call can only fail again. */
    FAIL
  }

  private final Failure failure;
  private final Duration retryAfter;

  ModelException(Failure failure, String message, Duration retryAfter) {
    super(message);
    this.failure = failure;
    this.retryAfter = retryAfter;
  }

  ModelException(Failure failure, String message) {
    this(failure, message, RetryAfter.UNSAID);
  }

  /** The error code, as readers get it. */
  public String code() {
    return failure.code();
  }

  public Verdict verdict() {
    return failure.verdict();
  }

  /** Whether the provider took the call on, so that it is likely to charge for it. */
  public boolean charged() {
    return failure.charged();
  }

  /** How long the provider wants to be left alone; meaningful for {@link Verdict#SNOOZE}. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
