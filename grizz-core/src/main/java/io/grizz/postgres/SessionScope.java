package io.grizz.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How code touches the database: a lambda in a transaction. It commits when the lambda returns and
 * rolls back when it throws, whatever it throws; the connection goes back in any case.
 *
 * <p><b>Repeats.</b> A transaction that the database rolled back for the sake of another one, or
 * whose connection was lost before the commit, is run again, three times in all: the lambda must do
 * nothing but what its session undoes.
 *
 * <p><b>Threads.</b> Safe for any number of threads, which get a connection in the order in which
 * they asked. A thread has one scope open at a time, and none while it calls anything else that
 * blocks: {@link #requireClosed}.
 *
 * <p><b>Errors.</b> {@link SessionTimeout} when no connection is free in time, {@link
 * CommitUnknownException} when nobody knows whether the commit took effect, {@link
 * SessionException} for all else that the database refuses; what the lambda throws passes through.
 */
public final class SessionScope implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SessionScope.class);
  private static final int TRIES = 3;
  private static final Duration BACKOFF = Duration.ofMillis(20);

  private final PostgresConfig config;
  private final Pool pool;
  private final Sleeper sleeper;
  private final RandomGenerator random;
  private final ThreadLocal<String> open = new ThreadLocal<>();

  SessionScope(PostgresConfig config, Sleeper sleeper, RandomGenerator random) {
    this.config = config;
    this.pool = new Pool(config);
    this.sleeper = sleeper;
    this.random = random;
  }

  /** Opens a pool of connections; that the database answers is not awaited. */
  public static SessionScope open(PostgresConfig config) {
    return new SessionScope(config, Thread::sleep, RandomGenerator.getDefault());
  }

  /** What is done in a transaction. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Session session);
  }

  /**
   * What the pool does at this moment.
   *
   * @param size most connections
   * @param waiting callers that wait for one
   */
  public record PoolNumbers(int size, int active, int idle, int waiting) {}

  @FunctionalInterface
  interface Sleeper {
    void sleep(Duration time) throws InterruptedException;
  }

  private enum Access {
    WRITE,
    READ
  }

  /**
   * Runs {@code work} in a transaction.
   *
   * @param name says in errors and logs what was done; never a value
   * @throws IllegalStateException when this thread has a scope open
   */
  public <T> T inTransaction(String name, Work<T> work) {
    return repeated(name, Access.WRITE, work);
  }

  /** As {@link #inTransaction}, in a transaction that can only read. */
  public <T> T read(String name, Work<T> work) {
    return repeated(name, Access.READ, work);
  }

  /**
   * Throws if this thread has a scope open: to be asked before a call to a model, to the queue or
   * over HTTP, which would keep a connection, and its locks, for as long as that takes.
   *
   * @throws IllegalStateException when a scope is open
   */
  public void requireClosed(String before) {
    String name = open.get();
    if (name != null) {
      throw new IllegalStateException("the scope " + name + " is open; close it before " + before);
    }
  }

  public PoolNumbers numbers() {
    return pool.numbers();
  }

  /** Closes the connections. */
  @Override
  public void close() {
    pool.close();
  }

  private <T> T repeated(String name, Access access, Work<T> work) {
    requireClosed("another, " + name);
    for (int attempt = 1; ; attempt++) {
      try {
        return once(name, access, work);
      } catch (SessionException e) {
        if (attempt == TRIES || !repeatable(e)) {
          throw e;
        }
        LOG.debug("{}: again after {}", name, e.getMessage());
        pause(attempt, e);
      }
    }
  }

  private <T> T once(String name, Access access, Work<T> work) {
    Connection connection = pool.take(name);
    open.set(name);
    try {
      Session session = new Session(connection);
      T result;
      boolean done = false;
      try {
        begin(session, connection, access);
        result = work.run(session);
        session.requireWhole();
        done = true;
      } finally {
        session.end();
        if (!done) {
          rollback(name, connection);
        }
      }
      commit(name, connection);
      return result;
    } catch (SessionException e) {
      if (SqlState.lost(e.state())) {
        pool.distrust();
      }
      throw e;
    } finally {
      open.remove();
      pool.giveBack(connection);
    }
  }

  /** In the transaction, not on the connection: a pooler gives that to others afterwards. */
  private void begin(Session session, Connection connection, Access access) {
    try {
      connection.setReadOnly(access == Access.READ);
    } catch (SQLException e) {
      throw SqlState.failure(e);
    }
    session.query(
        "select set_config('statement_timeout', ?, true),"
            + " set_config('idle_in_transaction_session_timeout', ?, true)",
        row -> row,
        String.valueOf(config.statement().toMillis()),
        String.valueOf(config.idle().toMillis()));
  }

  private static void commit(String name, Connection connection) {
    try {
      connection.commit();
    } catch (SQLException e) {
      if (SqlState.lost(SqlState.of(e))) {
        throw new CommitUnknownException(
            "the connection was lost while " + name + " committed", SqlState.of(e), e);
      }
      throw SqlState.failure(e);
    }
  }

  private static void rollback(String name, Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // why: the connection is lost, and the transaction with it; what is thrown already says more
      LOG.debug("{}: no rollback: {}", name, e.getMessage());
    }
  }

  private static boolean repeatable(SessionException e) {
    boolean decided = e instanceof CommitUnknownException || e instanceof SessionTimeout;
    return !decided
        && !Thread.currentThread().isInterrupted()
        && (SqlState.collided(e.state()) || SqlState.lost(e.state()));
  }

  private void pause(int attempt, SessionException e) {
    long most = BACKOFF.toNanos() << attempt;
    try {
      sleeper.sleep(Duration.ofNanos(random.nextLong(most / 2, most)));
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw e;
    }
  }

  /** Where the database is, without the password. */
  @Override
  public String toString() {
    return config.toString();
  }
}
