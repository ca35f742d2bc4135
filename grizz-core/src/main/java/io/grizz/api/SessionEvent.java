package io.grizz.api;

import java.time.Duration;

/**
 * What happens to a pool of database sessions, as it happens; for counting and tracing, never for
 * deciding. Names are those of transactions: few, and never a value.
 */
public sealed interface SessionEvent {

  /** The transaction's name. */
  String name();

  /**
   * A session was handed out.
   *
   * @param waited from asking for it
   */
  record Acquired(String name, Duration waited) implements SessionEvent {}

  /** The work is done, and about to be committed. */
  record Committing(String name) implements SessionEvent {}

  /**
   * A session was given back.
   *
   * @param used from its acquisition
   */
  record Released(String name, Duration used) implements SessionEvent {}

  /**
   * No session was free in time.
   *
   * @param waited in vain
   * @param pool as it stood then
   */
  record TimedOut(String name, Duration waited, PoolNumbers pool) implements SessionEvent {}

  /**
   * A session was held for so long that something must be wrong.
   *
   * @param used until it was given back after all
   */
  record Overdue(String name, Duration used) implements SessionEvent {}

  /**
   * Hears of them. Called on the thread on which it happens, so it must return at once; what it
   * throws is logged and changes nothing.
   */
  @FunctionalInterface
  interface Listener {
    /** Hears nothing, and costs nothing. */
    Listener NONE = event -> {};

    void on(SessionEvent event);
  }

  /**
   * What a pool does at this moment.
   *
   * @param size most sessions
   * @param active sessions in use
   * @param idle sessions that are open and free
   * @param waiting callers that wait for one
   * @param longest how long the one in use for longest has been so; zero when none is
   */
  record PoolNumbers(int size, int active, int idle, int waiting, Duration longest) {}
}
