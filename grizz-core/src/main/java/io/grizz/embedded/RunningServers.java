package io.grizz.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the embedded servers of another process are, for tools of whoever may read their data
 * directories.
 */
public final class RunningServers {

  private static final int POSTGRES_PORT = 3;
  private static final Pattern REDIS_PORT = Pattern.compile("(?m)^port (\\d+)$");

  private RunningServers() {}

  /** The database of the Postgres that works on this directory; empty when none does. */
  public static Optional<URI> postgres(Path directory) {
    return reading(() -> {
      Path pid = directory.resolve("cluster/postmaster.pid");
      if (!Files.isReadable(pid)) {
        return Optional.empty();
      }
      String port = Files.readAllLines(pid).get(POSTGRES_PORT);
      String password = Files.readString(directory.resolve(EmbeddedPostgres.PASSWORD));
      return Optional.of(EmbeddedPostgres.url(password, Integer.parseInt(port.strip())));
    });
  }

  /** The Redis that works on this directory; empty when none does. */
  public static Optional<URI> redis(Path directory) {
    return reading(() -> {
      Path settings = directory.resolve(EmbeddedRedis.SETTINGS);
      if (!Files.isReadable(directory.resolve(EmbeddedRedis.PID_FILE))) {
        return Optional.empty();
      }
      Matcher port = REDIS_PORT.matcher(Files.readString(settings));
      String password = Files.readString(directory.resolve(EmbeddedRedis.PASSWORD));
      return port.find()
          ? Optional.of(EmbeddedRedis.uri(password, Integer.parseInt(port.group(1))))
          : Optional.empty();
    });
  }

  private static Optional<URI> reading(Reading reading) {
    try {
      return reading.read();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read where an embedded server is", e);
    }
  }

  private interface Reading {
    Optional<URI> read() throws IOException;
  }
}
