package io.grizz.postgres;

/** The database refused, or did not answer; nothing of the transaction took effect. */
public sealed class SessionException extends RuntimeException
    permits CommitUnknownException, SessionTimeout {
  private static final long serialVersionUID = 1L;

  private final String state;

  SessionException(String message, String state, Throwable cause) {
    super(message, cause);
    this.state = state;
  }

  /** The SQLSTATE; empty when the database did not say. */
  public String state() {
    return state;
  }

  /** Whether the same may work later: the database is away, starts, stops or is full. */
  public boolean isTransient() {
    return SqlState.passes(state);
  }
}
