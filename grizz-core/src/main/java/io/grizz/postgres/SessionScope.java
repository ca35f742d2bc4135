package io.grizz.postgres;

import io.grizz.api.SessionEvent;
import io.grizz.api.SessionEvent.Listener;
import io.grizz.api.SessionEvent.PoolNumbers;
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
 * blocks: {@link #requireClosed}. The work of a virtual thread runs on a platform thread of the
 * pool's, with the caller's MDC and interrupts, but without its thread-locals; the caller waits.
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

  SessionScope(PostgresConfig config, Listener listener, Sleeper sleeper, RandomGenerator random) {
    this.config = config;
    this.pool = new Pool(config, listener);
    this.sleeper = sleeper;
    this.random = random;
  }

  /** Opens a pool of connections; that the database answers is not awaited. */
  public static SessionScope open(PostgresConfig config) {
    return open(config, Listener.NONE);
  }

  /** As {@link #open(PostgresConfig)}, with somebody who hears what happens to the pool. */
  public static SessionScope open(PostgresConfig config, Listener listener) {
    return new SessionScope(config, listener, Thread::sleep, RandomGenerator.getDefault());
  }

  /** What is done in a transaction. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Session session);
  }

  @FunctionalInterface
  interface Sleeper {
    void sleep(Duration time) throws InterruptedException;
  }

  private enum Access {
    WRITE,
    READ
  }

  private record Call(String name, Access access, Deadline deadline) {}

  /**
   * Runs {@code work} in a transaction.
   *
   * @param name says in errors and logs what was done; never a value
   * @throws IllegalStateException when this thread has a scope open
   */
  public <T> T inTransaction(String name, Work<T> work) {
    return repeated(new Call(name, Access.WRITE, Deadline.NONE), work);
  }

  /**
   * As {@link #inTransaction(String, Work)}, given up when it takes too long, the wait for a
   * connection included: the server is told how much time is left, and cancels what needs more.
   */
  public <T> T inTransaction(String name, Duration longest, Work<T> work) {
    return repeated(new Call(name, Access.WRITE, Deadline.in(longest)), work);
  }

  /** As {@link #inTransaction(String, Work)}, in a transaction that can only read. */
  public <T> T read(String name, Work<T> work) {
    return repeated(new Call(name, Access.READ, Deadline.NONE), work);
  }

  /** As {@link #read(String, Work)}, given up when it takes too long. */
  public <T> T read(String name, Duration longest, Work<T> work) {
    return repeated(new Call(name, Access.READ, Deadline.in(longest)), work);
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

  /** What the pool does at this moment. */
  public PoolNumbers numbers() {
    return pool.numbers();
  }

  /** Closes the connections. */
  @Override
  public void close() {
    pool.close();
  }

  private <T> T repeated(Call call, Work<T> work) {
    requireClosed("another, " + call.name());
    for (int attempt = 1; ; attempt++) {
      try {
        return once(call, work);
      } catch (SessionException e) {
        if (attempt == TRIES || call.deadline().over() || !repeatable(e)) {
          throw e;
        }
        LOG.debug("{}: again after {}", call.name(), e.getMessage());
        pause(attempt, e);
      }
    }
  }

  private <T> T once(Call call, Work<T> work) {
    Turn turn = Turn.now(call.name(), call.deadline().within(config.patience()));
    return pool.onPlatformThread(turn, interruption -> connected(call, turn, interruption, work));
  }

  private <T> T connected(Call call, Turn turn, Interruption interruption, Work<T> work) {
    Outcome outcome = new Outcome();
    open.set(call.name());
    try {
      // why nothing in between: whatever is thrown there would keep the connection for ever
      Connection connection = pool.take(turn);
      try {
        return through(
            call,
            connection,
            new Session(connection, call.deadline(), config, interruption),
            work,
            outcome);
      } finally {
        undisturbed(() -> pool.giveBack(connection, outcome.decided));
      }
    } catch (SessionException e) {
      if (SqlState.lost(e.state())) {
        pool.distrust();
      }
      throw e;
    } finally {
      open.remove();
    }
  }

  /** Whether the transaction is over, one way or the other: else its connection is of no use. */
  private static final class Outcome {
    boolean decided;
  }

  private <T> T through(
      Call call, Connection connection, Session session, Work<T> work, Outcome outcome) {
    T result;
    boolean done = false;
    boolean inMidStep = false;
    try {
      begin(connection, call.access());
      session.begin();
      result = work.run(session);
      session.requireWhole();
      done = true;
    } catch (VirtualMachineError e) {
      // why: no stack or no memory may have cut off the driver in the middle of anything
      inMidStep = true;
      throw e;
    } finally {
      session.end();
      if (!done && !inMidStep) {
        undisturbed(() -> rollback(call.name(), connection));
        outcome.decided = true;
      }
    }
    pool.tell(new SessionEvent.Committing(call.name()));
    undisturbed(() -> commit(call.name(), connection));
    outcome.decided = true;
    return result;
  }

  /**
   * An interrupt of a virtual thread closes the socket that it reads from. One that came during the
   * work must not cost the connection, or make the outcome of a commit unknown.
   */
  private static void undisturbed(Runnable step) {
    boolean interrupted = Thread.interrupted();
    try {
      step.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void begin(Connection connection, Access access) {
    try {
      connection.setReadOnly(access == Access.READ);
    } catch (SQLException e) {
      throw SqlState.failure(e);
    }
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
