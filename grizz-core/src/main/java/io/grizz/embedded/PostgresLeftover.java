package io.grizz.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A Postgres that outlives the process which started it, on a directory that is ours now. */
final class PostgresLeftover {

  private PostgresLeftover() {}

  /**
   * Waits for the server of a process that died: it outlives that one by its grace. We hold the
   * directory's lock, so nobody else of ours uses it.
   */
  static void awaitEnd(Path cluster, Duration patience) throws IOException {
    Path file = cluster.resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    Optional<ProcessHandle> named =
        lines.isEmpty() ? Optional.empty() : ProcessHandle.of(Long.parseLong(lines.get(0).strip()));
    if (named.isEmpty() || !named.get().isAlive()) {
      return;
    }
    ProcessHandle process = named.get();
    String command = process.info().command().orElse("");
    if (command.isEmpty()) {
      // why: another user's, so not ours, and no obstacle for Postgres
      return;
    }
    if (!command.endsWith("/postgres")) {
      // why: the id was given to another process since; with ours instead, which Postgres knows for
      // its parent, it still looks for children that its predecessor left behind
      lines.set(0, String.valueOf(ProcessHandle.current().pid()));
      Files.write(file, lines);
      return;
    }
    try {
      process.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new EmbeddedServerException(
          "another Postgres, process "
              + process.pid()
              + ", runs on the data directory "
              + cluster
              + ". Stop that one, or choose another with --data.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted while another Postgres ended", e);
    }
  }
}
