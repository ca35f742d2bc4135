package io.grizz.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Brings the tables up to date. They grow only: rows and columns that others made stay, and others
 * may go on using them.
 *
 * <p>Safe to run from many processes at a time: one does it, the rest wait for it.
 */
public final class Migrations {

  private static final String SCHEMA = "grizz";
  private static final String PLACE = "classpath:io/grizz/postgres";
  private static final List<String> STEPS = List.of("V1__conversations_messages_jobs", "V2__usage");
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private Migrations() {}

  /**
   * Runs what has not been run.
   *
   * @return how many steps it took
   * @throws SessionException when the database is away, or refuses
   */
  public static int run(PostgresConfig config) {
    try {
      return Flyway.configure(Migrations.class.getClassLoader())
          .dataSource(source(config))
          .locations(PLACE)
          .schemas(SCHEMA)
          .defaultSchema(SCHEMA)
          .table("schema_history")
          // why: a schema of this name may exist, made by whoever grants rights
          .baselineOnMigrate(true)
          .baselineVersion("0")
          .load()
          .migrate()
          .migrationsExecuted;
    } catch (FlywayException e) {
      throw new SessionException("the tables cannot be brought up to date", "", e);
    }
  }

  /**
   * The steps in their order, for whoever runs them with a tool of their own: each in a
   * transaction, once, in a database that has the schema {@code grizz}.
   */
  public static List<Step> sql() {
    return STEPS.stream().map(Migrations::step).toList();
  }

  /**
   * One step.
   *
   * @param name of its file, which begins with its number
   */
  public record Step(String name, String sql) {}

  private static Step step(String name) {
    try (InputStream in = Migrations.class.getResourceAsStream(name + ".sql")) {
      if (in == null) {
        throw new IllegalStateException("the class path lacks io/grizz/postgres/" + name + ".sql");
      }
      return new Step(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PGSimpleDataSource source(PostgresConfig config) {
    PGSimpleDataSource source = PostgresInspection.source(config);
    source.setSocketTimeout(Math.toIntExact(LONGEST.toSeconds()));
    return source;
  }
}
