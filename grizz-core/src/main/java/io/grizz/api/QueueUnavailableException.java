package io.grizz.api;

import java.time.Duration;

/**
 * The store of the queue did not answer, or refused to. The call may have taken effect; repeating
 * it is safe, and {@link #retryAfter} says when that makes sense.
 */
public final class QueueUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  public QueueUnavailableException(String message, Duration retryAfter, Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter;
  }

  /** How long to wait before the next try. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
