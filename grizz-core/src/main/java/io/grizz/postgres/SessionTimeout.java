package io.grizz.postgres;

/** No connection was free in time. The message carries the pool's numbers. */
public final class SessionTimeout extends SessionException {
  private static final long serialVersionUID = 1L;

  SessionTimeout(String message, Throwable cause) {
    super(message, "", cause);
  }
}
