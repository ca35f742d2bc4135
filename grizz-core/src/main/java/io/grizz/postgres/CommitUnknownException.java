package io.grizz.postgres;

/**
 * The connection was lost while the transaction committed: it took effect, or it did not. Only work
 * that is safe to repeat may be repeated.
 */
public final class CommitUnknownException extends SessionException {
  private static final long serialVersionUID = 1L;

  CommitUnknownException(String message, String state, Throwable cause) {
    super(message, state, cause);
  }
}
