package io.grizz.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Brings the tables up to date. They grow only: rows and columns that others made stay, and others
 * may go on using them.
 *
 * <p>All that is missing is done in one transaction, under a lock that ends with it: safe to run
 * from many processes at a time, and by way of a pooler.
 */
public final class Migrations {

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
    PGSimpleDataSource source = PostgresInspection.source(config);
    source.setSocketTimeout(Math.toIntExact(LONGEST.toSeconds()));
    try (var connection = source.getConnection()) {
      connection.setAutoCommit(false);
      Session session = new Session(connection, Deadline.NONE, config);
      session.script(history());
      int steps = 0;
      for (String step : STEPS) {
        boolean missing =
            session.optional("select from grizz.steps where name = ?", row -> row, step).isEmpty();
        if (missing) {
          session.script(step(step));
          steps++;
        }
      }
      connection.commit();
      return steps;
    } catch (SQLException e) {
      throw SqlState.failure(e);
    }
  }

  /**
   * The steps in their order, for whoever runs them with a tool of their own: each once, in a
   * transaction. They say themselves, in {@code grizz.steps}, that they were run, so that {@link
   * #run} finds nothing to do afterwards.
   */
  public static List<Step> sql() {
    return Stream.concat(Stream.of(history()), STEPS.stream().map(Migrations::step)).toList();
  }

  /**
   * One step.
   *
   * @param name of its file, which begins with its number
   */
  public record Step(String name, String sql) {}

  private static Step history() {
    return new Step("V0__steps", text("V0__steps"));
  }

  private static Step step(String name) {
    return new Step(
        name, text(name) + "\ninsert into grizz.steps (name) values ('" + name + "');\n");
  }

  private static String text(String name) {
    try (InputStream in = Migrations.class.getResourceAsStream(name + ".sql")) {
      if (in == null) {
        throw new IllegalStateException("the class path lacks io/grizz/postgres/" + name + ".sql");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
