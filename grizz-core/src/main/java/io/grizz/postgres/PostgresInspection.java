package io.grizz.postgres;

import io.grizz.api.ConfigException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import org.postgresql.ds.PGSimpleDataSource;

/** Whether a Postgres server can keep the record. */
public final class PostgresInspection {

  private static final int LEAST_MAJOR = 14;
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
          "no Postgres answers at " + config + ": " + e.getMessage(), state, e);
    }
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
