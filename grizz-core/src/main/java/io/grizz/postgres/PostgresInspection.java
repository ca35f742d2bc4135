package io.grizz.postgres;

import io.grizz.api.ConfigException;
import io.grizz.postgres.PostgresConfig.Pooling;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import org.postgresql.ds.PGSimpleDataSource;

/** Whether a Postgres server can keep the record. */
public final class PostgresInspection {

  private static final int LEAST_MAJOR = 14;

  /** As hosts that offer one have it by default. */
  private static final int OF_A_SESSION_POOLER = 15;

  private static final String SETTING = "database.url";

  /** What is wrong with the address when the server answers with one of these states. */
  private static final Map<String, String> REMEDIES =
      Map.of(
          "28P01", "with the right password",
          "28000", "with a user who may log in from here",
          "3D000", "with a database that exists");

  private PostgresInspection() {}

  /**
   * Looks at a server, over a connection of its own.
   *
   * @return the server's version
   * @throws ConfigException when it refuses the user, or is too old
   * @throws SessionException when it cannot be reached
   */
  public static String inspect(PostgresConfig config) {
    try (Connection connection = source(config).getConnection()) {
      int major = connection.getMetaData().getDatabaseMajorVersion();
      String version = connection.getMetaData().getDatabaseProductVersion();
      ConfigException.require(
          major >= LEAST_MAJOR, "the version of Postgres", version, LEAST_MAJOR + " or newer");
      return version;
    } catch (SQLException e) {
      String state = String.valueOf(e.getSQLState());
      if (REMEDIES.containsKey(state)) {
        throw new ConfigException(SETTING, "refused by " + config, REMEDIES.get(state));
      }
      throw new SessionException(
          "no Postgres answers at "
              + config
              + " ("
              + e.getMessage()
              + "): start it, or correct database.url",
          state,
          e);
    }
  }

  /**
   * How many sessions we may have in all, as far as can be seen from here; empty when that is for a
   * transaction pooler to say, which shares a few among many.
   *
   * @throws SessionException when the server cannot be reached
   */
  public static OptionalInt sessions(PostgresConfig config) {
    if (config.pooling() == Pooling.TRANSACTION) {
      return OptionalInt.empty();
    }
    if (config.uri().getHost().contains("pooler")) {
      return OptionalInt.of(OF_A_SESSION_POOLER);
    }
    try (Connection connection = source(config).getConnection()) {
      Session session = new Session(connection, Deadline.NONE, config);
      return OptionalInt.of(
          session.one(
              """
              select sum(setting::int * case name when 'max_connections' then 1 else -1 end) as free
              from pg_settings
              where name in ('max_connections', 'superuser_reserved_connections',
                'reserved_connections')
              """,
              row -> row.integer("free")));
    } catch (SQLException e) {
      throw SqlState.failure(e);
    }
  }

  /** What about the way to the server should worry its operator; empty when nothing should. */
  public static Optional<String> worry(PostgresConfig config) {
    String mode = config.tlsMode();
    return config.onLoopback() || mode.equals("verify-full")
        ? Optional.empty()
        : Optional.of(
            "the way to "
                + config
                + " has sslmode="
                + mode
                + ": whoever can stand in between can read along. Set sslmode=verify-full and"
                + " sslrootcert in database.url");
  }

  /** Connections without a pool. */
  static PGSimpleDataSource source(PostgresConfig config) {
    try {
      PGSimpleDataSource source = new PGSimpleDataSource();
      source.setURL(config.jdbcUrl());
      source.setUser(config.user());
      source.setPassword(config.password());
      Properties driver = config.driver();
      for (String name : driver.stringPropertyNames()) {
        source.setProperty(name, driver.getProperty(name));
      }
      return source;
    } catch (SQLException e) {
      throw SqlState.failure(e);
    }
  }
}
