package io.grizz.postgres;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grizz.postgres.PostgresConfig.Pooling;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A real PgBouncer in front of a database, as hosts have it. */
final class PgBouncer implements AutoCloseable {

  private static final List<Path> PLACES =
      List.of(Path.of("/usr/sbin/pgbouncer"), Path.of("/opt/homebrew/bin/pgbouncer"));
  private static final String NOBODY = "65534";

  private final Process process;
  private final int port;
  private final Path directory;
  private final PostgresConfig behind;

  private PgBouncer(Process process, int port, Path directory, PostgresConfig behind) {
    this.process = process;
    this.port = port;
    this.directory = directory;
    this.behind = behind;
  }

  /**
   * Starts one.
   *
   * @param servers most connections that it has to the database
   */
  static PgBouncer before(PostgresConfig database, Pooling pooling, int servers)
      throws IOException {
    List<Path> found = PLACES.stream().filter(Files::isExecutable).toList();
    assumeTrue(!found.isEmpty(), "PgBouncer is not installed");
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path directory = Files.createTempDirectory("pgbouncer-");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path users =
        Files.writeString(
            directory.resolve("users.txt"),
            "\"%s\" \"%s\"\n".formatted(database.user(), database.password()));
    Path settings =
        Files.writeString(
            directory.resolve("pgbouncer.ini"),
            """
            [databases]
            * = host=127.0.0.1 port=%d
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = %d
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = %s
            pool_mode = %s
            default_pool_size = %d
            max_client_conn = 500
            ignore_startup_parameters = extra_float_digits
            """
                .formatted(
                    database.uri().getPort(),
                    port,
                    users,
                    pooling.name().toLowerCase(Locale.ROOT),
                    servers));
    List<String> words = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      // why: it refuses to run as root
      words.addAll(List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"));
    }
    words.addAll(List.of(found.getFirst().toString(), settings.toString()));
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    PgBouncer bouncer = new PgBouncer(process, port, directory, database);
    await().atMost(ofSeconds(20)).pollInterval(ofMillis(20)).until(bouncer::answers);
    return bouncer;
  }

  /** The same database, by way of this one. */
  PostgresConfig config(Pooling pooling) {
    URI there = behind.uri();
    return PostgresConfig.at(
            URI.create(there.toString().replace(":" + there.getPort() + "/", ":" + port + "/")))
        .withPooling(pooling);
  }

  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      if (!process.isAlive()) {
        throw new IllegalStateException("PgBouncer ended at once; see " + directory, e);
      }
      return false;
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
