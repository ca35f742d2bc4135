package io.grizz.embedded;

import java.io.IOException;
import java.time.Duration;

/**
 * Ends a server when the process that started it is gone, however that ended.
 *
 * <p>A shell reads a pipe that only this process writes to. The kernel closes the pipe with the
 * process, and then, after a grace in which others may still say goodbye to the server, the shell
 * ends it. Told {@code done}, it just leaves.
 */
final class Guardian implements AutoCloseable {

  // why: the first wait is for the end of the pipe; `done` comes only from close()
  private static final String SCRIPT =
      """
      read -r word && [ "$word" = done ] && exit 0
      sleep "$2"
      kill -TERM "$1" 2>/dev/null || exit 0
      sleep 2
      kill -KILL "$1" 2>/dev/null
      """;

  private final Process shell;

  private Guardian(Process shell) {
    this.shell = shell;
  }

  /** Watches over the server with process id {@code pid}. */
  static Guardian of(long pid, Duration grace) throws IOException {
    return new Guardian(
        new ProcessBuilder(
                OwnSession.of(
                    "sh",
                    "-c",
                    SCRIPT,
                    "grizz-guardian",
                    String.valueOf(pid),
                    String.valueOf(grace.toSeconds())))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start());
  }

  @Override
  public void close() {
    try (var pipe = shell.outputWriter()) {
      pipe.write("done\n");
    } catch (IOException e) {
      // why: a guardian that is gone already needs no word
      shell.destroyForcibly();
    }
  }
}
