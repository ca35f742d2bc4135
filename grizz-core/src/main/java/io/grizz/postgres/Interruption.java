package io.grizz.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a transaction that runs on another thread than its caller's hears that the caller was
 * interrupted: that thread is interrupted, and a statement that it waits for is broken off, which
 * costs the connection. Commits and rollbacks go on.
 *
 * <p><b>Threads.</b> Safe for both.
 */
final class Interruption {

  private static final Logger LOG = LoggerFactory.getLogger(Interruption.class);

  private @Nullable Thread runner;
  private @Nullable Connection inStatement;
  private boolean asked;

  /** The transaction runs on this thread, until {@link #ended}. */
  synchronized void begun() {
    runner = Thread.currentThread();
    if (asked) {
      runner.interrupt();
    }
  }

  /**
   * The transaction is over: its thread is somebody else's next.
   *
   * @return whether an interrupt is left for the caller
   */
  synchronized boolean ended() {
    runner = null;
    return Thread.interrupted();
  }

  synchronized void enterStatement(Connection connection) {
    inStatement = connection;
    if (asked) {
      abort(connection);
    }
  }

  synchronized void leaveStatement() {
    inStatement = null;
  }

  /** The caller was interrupted. */
  synchronized void ask() {
    asked = true;
    if (runner != null) {
      runner.interrupt();
    }
    if (inStatement != null) {
      abort(inStatement);
    }
  }

  private static void abort(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      LOG.debug("a statement goes on after an interrupt: {}", e.getMessage());
    }
  }
}
