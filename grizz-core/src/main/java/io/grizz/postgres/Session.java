package io.grizz.postgres;

import com.google.errorprone.annotations.CompileTimeConstant;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The database inside one transaction of a {@link SessionScope}.
 *
 * <p>Statements are constants; what varies is bound to their question marks: text, numbers, UUIDs,
 * flags, {@link Instant}, local dates, the names of enums, and {@link Optional} of these.
 *
 * <p><b>Threads.</b> For the thread it was given to, until its scope ends.
 *
 * <p><b>Errors.</b> {@link SessionException}; after one, the transaction can only be left.
 */
public final class Session {

  private final Connection connection;
  private final Deadline deadline;
  private final Duration longestStatement;
  private final Duration longestIdle;
  private final boolean pooled;
  private final Interruption interruption;
  private final Thread owner = Thread.currentThread();
  private Optional<SessionException> failure = Optional.empty();
  private boolean over;

  Session(Connection connection, Deadline deadline, PostgresConfig config) {
    this(connection, deadline, config, new Interruption());
  }

  Session(
      Connection connection, Deadline deadline, PostgresConfig config, Interruption interruption) {
    this.connection = connection;
    this.deadline = deadline;
    this.longestStatement = config.statement();
    this.longestIdle = config.idle();
    this.pooled = config.pooling() == PostgresConfig.Pooling.TRANSACTION;
    this.interruption = interruption;
  }

  /**
   * Tells the server how long things may take, where its connection is not ours alone; where it is,
   * that was said when we connected. With a deadline, each statement says it.
   */
  void begin() {
    if (pooled && !deadline.set()) {
      tellTime();
    }
  }

  /** All rows of a query. */
  public <T> List<T> query(
      @CompileTimeConstant final String sql, Row.Mapper<T> mapper, Object... parameters) {
    return rows(sql, mapper, parameters);
  }

  /** The one row of a query that has exactly one. */
  public <T> T one(
      @CompileTimeConstant final String sql, Row.Mapper<T> mapper, Object... parameters) {
    return atMostOne(rows(sql, mapper, parameters))
        .orElseThrow(() -> new IllegalStateException("no row, where one must be"));
  }

  /** The row of a query that has at most one. */
  public <T> Optional<T> optional(
      @CompileTimeConstant final String sql, Row.Mapper<T> mapper, Object... parameters) {
    return atMostOne(rows(sql, mapper, parameters));
  }

  /**
   * Changes rows.
   *
   * @return how many
   */
  public int update(@CompileTimeConstant final String sql, Object... parameters) {
    try (PreparedStatement statement = prepared(sql, parameters)) {
      return interruptible(statement::executeUpdate);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /** Runs a migration: many statements, none of which takes a parameter. */
  void script(Migrations.Step step) {
    requireUsable();
    try (Statement statement = connection.createStatement()) {
      statement.execute(step.sql());
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /** From now on it refuses: the transaction is over. */
  void end() {
    over = true;
  }

  /** Throws what failed, also if the work went on: its transaction cannot be committed. */
  void requireWhole() {
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  private <T> List<T> rows(String sql, Row.Mapper<T> mapper, Object... parameters) {
    try (PreparedStatement statement = prepared(sql, parameters);
        ResultSet result = interruptible(statement::executeQuery)) {
      List<T> rows = new ArrayList<>();
      Row row = new Row(result);
      while (result.next()) {
        rows.add(mapper.map(row));
      }
      return rows;
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private SessionException failed(SQLException e) {
    SessionException failed = SqlState.failure(e);
    failure = Optional.of(failed);
    return failed;
  }

  private static <T> Optional<T> atMostOne(List<T> rows) {
    if (rows.size() > 1) {
      throw new IllegalStateException(rows.size() + " rows, where one may be");
    }
    return rows.stream().findFirst();
  }

  private void requireUsable() {
    if (over) {
      throw new IllegalStateException(
          "the transaction is over; a session must not leave its scope");
    }
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "the session is another thread's; open a scope of this thread's own");
    }
  }

  private PreparedStatement prepared(String sql, Object... parameters) throws SQLException {
    requireUsable();
    if (deadline.set()) {
      requireTime();
      tellTime();
    }
    return bound(sql, parameters);
  }

  private PreparedStatement bound(String sql, Object... parameters) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      bind(statement, i + 1, parameters[i]);
    }
    return statement;
  }

  private void requireTime() throws SQLException {
    if (deadline.over()) {
      throw new SQLException("the time that the caller gave is over", SqlState.CANCELLED);
    }
  }

  private void tellTime() {
    String sql =
        "select set_config('statement_timeout', ?, true),"
            + " set_config('idle_in_transaction_session_timeout', ?, true)";
    try (PreparedStatement statement =
        bound(
            sql,
            String.valueOf(deadline.within(longestStatement).toMillis()),
            String.valueOf(deadline.within(longestIdle).toMillis()))) {
      interruptible(statement::execute);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  @FunctionalInterface
  private interface Execution<T> {
    T execute() throws SQLException;
  }

  private <T> T interruptible(Execution<T> statement) throws SQLException {
    interruption.enterStatement(connection);
    try {
      return statement.execute();
    } finally {
      interruption.leaveStatement();
    }
  }

  private static void bind(PreparedStatement statement, int at, Object value) throws SQLException {
    switch (value) {
      case Optional<?> optional when optional.isPresent() -> bind(statement, at, optional.get());
      case Optional<?> empty -> statement.setNull(at, Types.NULL);
      case Instant instant -> statement.setObject(at, instant.atOffset(ZoneOffset.UTC));
      case Enum<?> constant -> statement.setString(at, constant.name());
      default -> statement.setObject(at, value);
    }
  }
}
