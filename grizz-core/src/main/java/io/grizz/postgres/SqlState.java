package io.grizz.postgres;

import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;

/** What the five letters of an SQLSTATE mean for us. */
final class SqlState {

  static final String FOREIGN_KEY = "23503";

  /** The statement took too long, or somebody wanted it stopped. */
  static final String CANCELLED = "57014";

  private static final String CONNECTION = "08";
  private static final String RESOURCES = "53";
  private static final Set<String> SHUTTING_DOWN = Set.of("57P01", "57P02", "57P03");
  private static final Set<String> COLLIDED = Set.of("40001", "40P01");

  /**
   * A statement that took too long, a transaction or a lock that did, and a server that follows.
   */
  private static final Set<String> IN_TIME = Set.of(CANCELLED, "25P03", "55P03", "25006");

  /** No such schema, table or column. */
  private static final Set<String> UNMADE = Set.of("3F000", "42P01", "42703");

  private SqlState() {}

  /** The connection is gone; what was asked last may have been done. */
  static boolean lost(String state) {
    return state.startsWith(CONNECTION) || SHUTTING_DOWN.contains(state);
  }

  /**
   * What is wrong passes by itself: no connection, no resources, no time, or another's transaction.
   */
  static boolean passes(String state) {
    return state.isEmpty()
        || lost(state)
        || collided(state)
        || state.startsWith(RESOURCES)
        || IN_TIME.contains(state);
  }

  /**
   * The tables are not there yet, or not as we know them: another process is about to see to it.
   */
  static boolean unmade(String state) {
    return UNMADE.contains(state);
  }

  /** Rolled back for the sake of another transaction: the same again may succeed. */
  static boolean collided(String state) {
    return COLLIDED.contains(state);
  }

  static String of(SQLException e) {
    return Optional.ofNullable(e.getSQLState()).orElse("");
  }

  static SessionException failure(SQLException e) {
    return new SessionException("Postgres: " + e.getMessage(), of(e), e);
  }
}
