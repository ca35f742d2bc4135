package io.grizz.embedded;

/** A bundled server could not be started. The message says why, and what to do. */
public final class EmbeddedServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public EmbeddedServerException(String message, Throwable cause) {
    super(message, cause);
  }

  public EmbeddedServerException(String message) {
    super(message);
  }
}
