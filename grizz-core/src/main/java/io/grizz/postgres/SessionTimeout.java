package io.grizz.postgres;

import io.grizz.api.SessionEvent.PoolNumbers;
import java.time.Duration;

/** No session was free in time. */
public final class SessionTimeout extends SessionException {
  private static final long serialVersionUID = 1L;

  private final transient PoolNumbers pool;
  private final Duration waited;

  SessionTimeout(String message, Duration waited, PoolNumbers pool, Throwable cause) {
    super(message, "", cause);
    this.waited = waited;
    this.pool = pool;
  }

  /** The pool as it stood then. */
  public PoolNumbers pool() {
    return pool;
  }

  /** How long the caller waited. */
  public Duration waited() {
    return waited;
  }
}
