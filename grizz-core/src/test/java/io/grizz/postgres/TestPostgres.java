package io.grizz.postgres;

import io.grizz.embedded.EmbeddedPostgres;
import java.net.URI;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One server for all tests, and as many databases in it as they ask for. */
public final class TestPostgres implements ParameterResolver {

  /** The server, to be had as a parameter. */
  public static final class Server implements AutoCloseable {
    private final EmbeddedPostgres postgres = EmbeddedPostgres.temporary();
    private boolean migrated;

    /** A new, empty database. */
    PostgresConfig database() {
      return copyOf("template1");
    }

    /** A new database with our tables. */
    public synchronized PostgresConfig migrated() {
      if (!migrated) {
        Migrations.run(PostgresConfig.at(postgres.url()));
        migrated = true;
      }
      return copyOf("grizz");
    }

    private PostgresConfig copyOf(String template) {
      String name = "t" + UUID.randomUUID().toString().replace("-", "");
      execute("create database " + name + " template " + template);
      return PostgresConfig.at(URI.create(postgres.url().toString().replace("/grizz", "/" + name)));
    }

    public void kill() {
      postgres.kill();
    }

    public void start() {
      postgres.start();
    }

    private void execute(String sql) {
      PostgresConfig config =
          PostgresConfig.at(URI.create(postgres.url().toString().replace("/grizz", "/postgres")));
      try (var connection =
              DriverManager.getConnection(config.jdbcUrl(), config.user(), config.password());
          var statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      postgres.close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Server.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.create(TestPostgres.class))
        .computeIfAbsent(Server.class, key -> new Server(), Server.class);
  }
}
