package io.grizz.embedded;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real Postgres server as a child process, on loopback, with a password. What it committed
 * survives a power cut ({@code fsync} is on), unless its data are temporary.
 *
 * <p>Root's Postgres runs under an account without rights, which is given the data directory. When
 * the directory's parents are closed to that account, the data stay where they are, and the
 * server's programs, which hold no secret, are unpacked into {@code /var/cache/grizz} instead.
 *
 * <p><b>Threads.</b> Safe for any number of threads.
 *
 * <p><b>Errors.</b> {@link EmbeddedServerException} when the server does not start; its message
 * carries the last lines of the server's log.
 */
public final class EmbeddedPostgres implements AutoCloseable {

  private static final Path SHARED_BUNDLES = Path.of("/var/cache/grizz");
  private static final String USER = "postgres";
  private static final String DATABASE = "grizz";
  private static final String LOG = "postgres.log";
  static final String PASSWORD = "postgres.password";
  private static final Duration READY = Duration.ofSeconds(20);
  private static final Duration STOP = Duration.ofSeconds(4);

  /** All at once, where the system can: file by file took 20 s on a busy disk. */
  private static final String SYNC_METHOD =
      System.getProperty("os.name").equals("Linux") ? "syncfs" : "fsync";

  /** By children of a server that was killed, for as long as these have not noticed. */
  private static final String STILL_USED = "pre-existing shared memory block";

  private static final int LOG_TAIL = 2_000;
  private static final int STATUS = 7; // the line of postmaster.pid that pg_ctl waits for, too
  private static final int STARTUP_PACKET = 196_608;
  private static final int AUTHENTICATION_REQUEST = 'R';

  private final DataDirectory data;
  private final ServerUser user;
  private final Path programs;
  private final Path cluster;
  private final String password;
  private final int port;
  private final Duration grace;
  private @Nullable Process server;
  private @Nullable Guardian guardian;
  private boolean closed;

  private EmbeddedPostgres(DataDirectory data, int port, Duration grace) throws IOException {
    Path directory = data.resolve("").toAbsolutePath();
    this.data = data;
    this.user = ServerUser.forDataIn(directory);
    this.cluster = directory.resolve("cluster");
    this.password = data.secret(PASSWORD);
    this.port = port == 0 ? freePort() : port;
    this.grace = grace;
    user.own(directory);
    this.programs = programs(directory).resolve("bin");
  }

  /**
   * Starts a server whose data stay.
   *
   * @param directory made if need be
   * @param port 0 for any free one
   * @param grace how long the server outlives this process, for others to finish with it
   */
  public static EmbeddedPostgres start(Path directory, int port, Duration grace) {
    return started(in(directory, port, grace));
  }

  /** The same, not started yet: where it will be is known. */
  public static EmbeddedPostgres in(Path directory, int port, Duration grace) {
    return of(DataDirectory.at(directory), port, grace);
  }

  /**
   * Starts a server whose data are deleted when it is closed. It never waits for the disk: what it
   * committed survives its own end, but not the machine's, which nobody could use anyway.
   */
  public static EmbeddedPostgres temporary() {
    return started(of(DataDirectory.temporary(), 0, Duration.ZERO));
  }

  /** Where its database {@code grizz} is, with the password. */
  public URI url() {
    return url(password, port);
  }

  static URI url(String password, int port) {
    return URI.create(
        "postgresql://" + USER + ":" + password + "@127.0.0.1:" + port + "/" + DATABASE);
  }

  /** The server's process id, or the last one's when it is down. */
  public synchronized long pid() {
    return server == null ? 0 : server.pid();
  }

  /** Ends the server as a power cut would. {@link #start()} brings it back, with its data. */
  public synchronized void kill() {
    if (server != null) {
      List<ProcessHandle> family = server.descendants().toList();
      server.destroyForcibly();
      family.forEach(ProcessHandle::destroyForcibly);
      server.onExit().join();
    }
  }

  /** Whether {@link #start} makes a database first, which takes seconds. */
  public boolean isNew() {
    return !Files.isDirectory(cluster);
  }

  /** Starts the server, for the first time or again, always on the same port and data. */
  public synchronized void start() {
    data.requireOpen();
    try {
      create();
      boot();
    } catch (IOException e) {
      throw new EmbeddedServerException("cannot start Postgres from " + programs, e);
    }
  }

  /** Stops the server, and deletes temporary data. Closing twice is harmless. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (guardian != null) {
      guardian.close();
    }
    if (server != null) {
      stop(server);
    }
    data.close();
  }

  private static EmbeddedPostgres of(DataDirectory data, int port, Duration grace) {
    try {
      return new EmbeddedPostgres(data, port, grace);
    } catch (IOException e) {
      data.close();
      throw new EmbeddedServerException("cannot make the bundled Postgres ready to start", e);
    } catch (EmbeddedServerException e) {
      data.close();
      throw e;
    }
  }

  private static EmbeddedPostgres started(EmbeddedPostgres postgres) {
    try {
      postgres.start();
      return postgres;
    } catch (EmbeddedServerException e) {
      postgres.data.close();
      throw e;
    }
  }

  private Path programs(Path directory) throws IOException {
    if (user.reaches(directory)) {
      Path home = PostgresBundle.unpackedIn(directory);
      PostgresBundle.clean(directory, home);
      return home;
    }
    return PostgresBundle.unpackedIn(Files.createDirectories(SHARED_BUNDLES));
  }

  /** Makes the cluster, unless there is one: it gets its name only when it is whole. */
  private void create() throws IOException {
    if (!isNew()) {
      return;
    }
    Path fresh = data.resolve("cluster.fresh");
    if (Files.exists(fresh)) {
      PostgresBundle.delete(fresh);
    }
    Files.createDirectory(
        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    user.own(fresh);
    // why: by file, since arguments show in the process list
    Path secret = data.resolve("cluster.password");
    DataDirectory.write(secret, password + "\n");
    user.own(secret);
    List<String> initdb =
        List.of(
            programs.resolve("initdb").toString(),
            "--pgdata=" + seenByServer(fresh),
            "--username=" + USER,
            "--pwfile=../" + secret.getFileName(),
            "--auth=scram-sha-256",
            // why: more would make the guessing of a weak password dear; this one is random, and
            // each of our own connections would pay for it
            "--set=scram_iterations=1",
            "--encoding=UTF8",
            "--locale=C",
            data.isTemporary() ? "--no-sync" : "--sync-method=" + SYNC_METHOD,
            "--no-instructions");
    Subprocess.run(user.words(initdb), fresh, InputStream.nullInputStream()).orFail("initdb");
    Files.delete(secret);
    List<String> single = new ArrayList<>(List.of(programs.resolve("postgres").toString()));
    single.addAll(List.of("--single", "-D", seenByServer(fresh), "-c", fsync(), "template1"));
    InputStream order =
        new ByteArrayInputStream(
            ("CREATE DATABASE " + DATABASE + ";\n").getBytes(StandardCharsets.US_ASCII));
    String said = Subprocess.run(user.words(single), fresh, order).orFail("postgres").said();
    if (said.contains("ERROR:")) {
      throw new EmbeddedServerException("cannot make the database " + DATABASE + ": " + said);
    }
    Files.move(fresh, cluster);
  }

  private void boot() throws IOException {
    PostgresLeftover.awaitEnd(cluster, grace.plus(STOP));
    Path log = data.resolve(LOG);
    long begin = System.nanoTime();
    long said;
    do {
      said = Files.exists(log) ? Files.size(log) : 0;
      server = launched();
      if (guardian != null) {
        guardian.close();
      }
      guardian = Guardian.of(server.pid(), grace);
    } while (!isReady(server, begin, log, said));
  }

  private Process launched() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(OwnSession.of(user.words(command()).toArray(String[]::new)))
            .directory(cluster.toFile());
    Subprocess.strip(builder);
    return builder
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private List<String> command() {
    List<String> words = new ArrayList<>();
    // why: the shell, not root, opens the log in a directory that the server's account owns
    words.addAll(List.of("sh", "-c", "exec \"$@\" </dev/null >>../" + LOG + " 2>&1", "sh"));
    words.addAll(List.of(programs.resolve("postgres").toString(), "-D", seenByServer(cluster)));
    for (String setting :
        List.of(
            "port=" + port,
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=100",
            "shared_buffers=32MB",
            "max_wal_size=256MB",
            "wal_level=minimal",
            "max_wal_senders=0",
            "io_method=sync",
            fsync(),
            "timezone=UTC",
            "log_timezone=UTC",
            "log_checkpoints=off",
            // why: neither statements nor the rows in an error's detail belong into a log
            "log_min_error_statement=panic",
            "log_error_verbosity=terse",
            "recovery_init_sync_method=" + SYNC_METHOD,
            "cluster_name=grizz")) {
      words.addAll(List.of("-c", setting));
    }
    return words;
  }

  private String fsync() {
    return data.isTemporary() ? "fsync=off" : "fsync=on";
  }

  /**
   * How the server names a directory that it is started in. Under another account by way of {@code
   * /proc}: that works also where a parent is closed to it.
   */
  private String seenByServer(Path directory) {
    return user.isOurs() ? directory.toString() : "/proc/self/cwd";
  }

  /** Waits until it answers; false when it is to be started again. */
  private boolean isReady(Process started, long begin, Path log, long from) throws IOException {
    while (!answers()) {
      boolean late = System.nanoTime() - begin > READY.toNanos();
      boolean alive = started.isAlive();
      if (!alive || late) {
        String said = tail(log, from);
        if (!alive && !late && said.contains(STILL_USED)) {
          return false;
        }
        kill();
        if (guardian != null) {
          guardian.close();
        }
        throw new EmbeddedServerException(
            "Postgres did not start on port " + port + ". It said: " + said);
      }
      waitBriefly(started);
    }
    return true;
  }

  private static String tail(Path log, long from) throws IOException {
    if (!Files.exists(log)) {
      return "";
    }
    byte[] all = Files.readAllBytes(log);
    int start = (int) Math.max(from, all.length - (long) LOG_TAIL);
    return new String(all, start, all.length - start, StandardCharsets.UTF_8).strip();
  }

  /** Whether our server, and no other on this port, asks for a password. */
  private boolean answers() {
    try (Socket socket = new Socket()) {
      List<String> lines = Files.readAllLines(cluster.resolve("postmaster.pid"));
      if (lines.size() <= STATUS
          || !lines.get(0).equals(String.valueOf(pid()))
          || !lines.get(STATUS).strip().equals("ready")) {
        return false;
      }
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
      socket.setSoTimeout(500);
      byte[] parameters =
          ("user\0" + USER + "\0database\0" + DATABASE + "\0\0").getBytes(StandardCharsets.UTF_8);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(2 * Integer.BYTES + parameters.length);
      out.writeInt(STARTUP_PACKET);
      out.write(parameters);
      out.flush();
      return new DataInputStream(socket.getInputStream()).read() == AUTHENTICATION_REQUEST;
    } catch (IOException e) {
      // why: not up yet, or recovering; the caller's deadline decides
      return false;
    }
  }

  private void stop(Process running) {
    try {
      if (running.isAlive()) {
        // why: SIGINT is a fast shutdown; SIGTERM, all that the JDK can send, waits for clients
        String interrupt = "kill -INT " + running.pid();
        Subprocess.run(List.of("sh", "-c", interrupt));
      }
      if (!running.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
      }
    } catch (IOException e) {
      kill();
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
  }

  private static void waitBriefly(Process started) {
    try {
      started.waitFor(5, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EmbeddedServerException("interrupted while Postgres started", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
