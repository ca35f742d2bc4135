package io.grizz.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis server as a child process, on loopback, with a password and an append-only file.
 *
 * <p><b>Threads.</b> Safe for any number of threads.
 *
 * <p><b>Errors.</b> {@link EmbeddedServerException} when the server does not start; its message
 * carries the last lines of the server's log.
 */
public final class EmbeddedRedis implements AutoCloseable {

  private static final Duration READY = Duration.ofSeconds(30);
  private static final Duration STOP = Duration.ofSeconds(4);
  static final String PID_FILE = "redis.pid";
  static final String SETTINGS = "redis.conf";
  static final String PASSWORD = "redis.password";

  /** What shells and {@code setsid} end with when the system refuses a program. */
  private static final int NOT_EXECUTABLE = 126;

  private static final Duration BUSY = Duration.ofSeconds(1);
  private static final int LOG_TAIL = 2_000;

  private final DataDirectory data;
  private final Path binary;
  private final String password;
  private final int port;
  private final Duration grace;
  private @Nullable Process server;
  private @Nullable Guardian guardian;

  private EmbeddedRedis(DataDirectory data, Optional<Path> binary, int port, Duration grace)
      throws IOException {
    this.data = data;
    this.binary = binary.isPresent() ? binary.get() : unpack(data);
    this.password = data.secret(PASSWORD);
    this.port = port == 0 ? freePort() : port;
    this.grace = grace;
  }

  /**
   * Starts a server whose data stays.
   *
   * @param directory made if need be
   * @param port 0 for any free one
   * @param binary another server than the bundled one
   * @param grace how long the server outlives this process, for others to finish with it
   */
  public static EmbeddedRedis start(
      Path directory, int port, Optional<Path> binary, Duration grace) {
    return started(in(directory, port, binary, grace));
  }

  /** The same, not started yet: where it will be is known. */
  public static EmbeddedRedis in(Path directory, int port, Optional<Path> binary, Duration grace) {
    return of(DataDirectory.at(directory), port, binary, grace);
  }

  /** Starts a server whose data are deleted when it is closed. */
  public static EmbeddedRedis temporary() {
    return started(of(DataDirectory.temporary(), 0, Optional.empty(), Duration.ZERO));
  }

  /** The same with another server than the bundled one. */
  public static EmbeddedRedis temporary(Path binary) {
    return started(of(DataDirectory.temporary(), 0, Optional.of(binary), Duration.ZERO));
  }

  /** Where it listens, with its password. */
  public URI uri() {
    return uri(password, port);
  }

  static URI uri(String password, int port) {
    return URI.create("redis://:" + password + "@127.0.0.1:" + port);
  }

  /** The server's process id, or the last one's when it is down. */
  public synchronized long pid() {
    return server == null ? 0 : server.pid();
  }

  /** Ends the server as a power cut would. {@link #start()} brings it back, with its data. */
  public synchronized void kill() {
    if (server != null) {
      server.destroyForcibly();
      server.onExit().join();
    }
  }

  /** Starts the server, for the first time or again, always on the same port and data. */
  public synchronized void start() {
    data.requireOpen();
    try {
      boot();
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot start Redis from " + binary, e);
    }
  }

  /** Stops the server, and deletes temporary data. Closing twice is harmless. */
  @Override
  public synchronized void close() {
    if (server == null) {
      data.close();
      return;
    }
    if (guardian != null) {
      guardian.close();
    }
    server.destroy();
    try {
      if (!server.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
    server = null;
    data.close();
  }

  private static EmbeddedRedis of(
      DataDirectory data, int port, Optional<Path> binary, Duration grace) {
    try {
      return new EmbeddedRedis(data, binary, port, grace);
    } catch (IOException e) {
      data.close();
      throw new EmbeddedServerException("cannot unpack the bundled Redis", e);
    } catch (EmbeddedServerException e) {
      data.close();
      throw e;
    }
  }

  private static EmbeddedRedis started(EmbeddedRedis redis) {
    try {
      redis.start();
      return redis;
    } catch (EmbeddedServerException e) {
      redis.data.close();
      throw e;
    }
  }

  private void boot() throws IOException {
    awaitLeftover();
    Path log = data.resolve("redis.log");
    // why: settings by file, since arguments show in the process list
    Path settings = data.resolve(SETTINGS);
    DataDirectory.write(
        settings,
        """
        bind 127.0.0.1
        port %d
        requirepass %s
        dir %s
        appendonly yes
        appendfsync everysec
        save ""
        maxmemory-policy noeviction
        daemonize no
        pidfile %s
        logfile %s
        """
            .formatted(
                port,
                password,
                quoted(data.resolve("")),
                quoted(data.resolve(PID_FILE)),
                quoted(log)));
    ProcessBuilder command =
        new ProcessBuilder(OwnSession.of(binary.toString(), settings.toString()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    long begin = System.nanoTime();
    boolean ready = false;
    while (!ready) {
      server = command.start();
      if (guardian != null) {
        guardian.close();
      }
      guardian = Guardian.of(server.pid(), grace);
      ready = isReady(server, log, begin);
    }
  }

  private void awaitLeftover() throws IOException {
    try {
      Leftover.awaitEnd(data.resolve(PID_FILE), "redis-server");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted while an earlier Redis ended", e);
    }
  }

  /** Waits until it answers; false when it is to be started again. */
  private boolean isReady(Process started, Path log, long begin) throws IOException {
    while (!answers()) {
      long waited = System.nanoTime() - begin;
      boolean alive = started.isAlive();
      if (!alive && started.exitValue() == NOT_EXECUTABLE && waited < BUSY.toNanos()) {
        // why: what this process started meanwhile may have the program open, from its unpacking
        return false;
      }
      if (!alive || waited > READY.toNanos()) {
        started.destroyForcibly();
        String said = Files.exists(log) ? Files.readString(log) : "";
        throw new EmbeddedServerException(
            "Redis did not start on port "
                + port
                + ". It said: "
                + said.substring(Math.max(0, said.length() - LOG_TAIL)));
      }
      pauseBriefly(started);
    }
    return true;
  }

  private static void pauseBriefly(Process started) {
    try {
      started.waitFor(5, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted while Redis started", e);
    }
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
      socket.setSoTimeout(500);
      String ask = "AUTH " + password + "\r\nPING\r\n";
      socket.getOutputStream().write(ask.getBytes(StandardCharsets.US_ASCII));
      byte[] reply = socket.getInputStream().readNBytes("+OK\r\n+PONG\r\n".length());
      return new String(reply, StandardCharsets.US_ASCII).endsWith("+PONG\r\n");
    } catch (IOException e) {
      // why: not up yet, or loading; the caller's deadline decides
      return false;
    }
  }

  private static Path unpack(DataDirectory data) throws IOException {
    String name = "redis-server-7.0.15-" + platform();
    Path binary = data.resolve("redis-server");
    try (InputStream in = EmbeddedRedis.class.getResourceAsStream("/" + name)) {
      if (in == null) {
        throw new EmbeddedServerException(
            "the class path lacks " + name + ". Add org.signal:embedded-redis, or set redis.url.");
      }
      Files.copy(in, binary, StandardCopyOption.REPLACE_EXISTING);
    }
    if (!binary.toFile().setExecutable(true)) {
      throw new EmbeddedServerException("cannot make " + binary + " executable");
    }
    return binary;
  }

  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch");
    return (os.contains("mac") ? "darwin-" : "linux-")
        + (arch.equals("aarch64") ? "arm64" : "amd64");
  }

  private static String quoted(Path path) {
    return '"' + path.toAbsolutePath().toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
