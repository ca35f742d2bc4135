package io.grizz.launcher.command;

import io.grizz.api.ConfigException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.function.Function;

/** How an error becomes a message and an exit code. */
final class Failure {

  private static final int FAILED = 1;
  private static final int BAD_CONFIGURATION = 78;

  private Failure() {}

  /**
   * Gives people one line that says what to do; the rest is for the log at DEBUG.
   *
   * @param remedy where a bad value was set and how to change it
   * @return the exit code
   */
  static int report(
      Exception e, PrintWriter err, Function<ConfigException, Optional<String>> remedy) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return FAILED;
    }
    err.println(
        "grizz: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
    if (e instanceof ConfigException bad) {
      remedy.apply(bad).ifPresent(err::println);
    }
    if ("debug".equalsIgnoreCase(System.getenv("GRIZZ_LOG_LEVEL"))) {
      e.printStackTrace(err);
    }
    err.flush();
    return e instanceof ConfigException ? BAD_CONFIGURATION : FAILED;
  }
}
