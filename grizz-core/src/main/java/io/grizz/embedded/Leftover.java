package io.grizz.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A server of an earlier run that still works on the same data: its launcher was killed, and its
 * guardian has not ended it yet. Two servers on one data directory would destroy it.
 */
final class Leftover {

  private static final Duration GUARDIAN = Duration.ofSeconds(12);

  private Leftover() {}

  /**
   * Waits until the server that wrote {@code pidFile} is gone, and ends it when that takes too
   * long.
   *
   * @param program what its command line must contain, since process ids are used again
   */
  static void awaitEnd(Path pidFile, String program) throws IOException, InterruptedException {
    Optional<ProcessHandle> server = running(pidFile, program);
    if (server.isEmpty()) {
      return;
    }
    try {
      server.get().onExit().get(GUARDIAN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      server.get().destroyForcibly();
      server.get().onExit().join();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Optional<ProcessHandle> running(Path pidFile, String program) throws IOException {
    String text;
    try {
      text = Files.readString(pidFile).strip();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!text.matches("\\d{1,18}")) {
      return Optional.empty();
    }
    return ProcessHandle.of(Long.parseLong(text))
        .filter(ProcessHandle::isAlive)
        .filter(it -> it.info().command().orElse(program).contains(program));
  }
}
