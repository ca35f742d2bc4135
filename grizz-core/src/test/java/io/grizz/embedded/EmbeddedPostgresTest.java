package io.grizz.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What whoever starts the bundled Postgres may rely on. */
@Execution(ExecutionMode.CONCURRENT)
class EmbeddedPostgresTest {

  @Test
  void dataSurviveAPowerCutAndARestart(@TempDir Path scratch) throws Exception {
    Path directory = scratch.resolve("closed/to/others");
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(
        scratch.resolve("closed"), PosixFilePermissions.fromString("rwx------"));

    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, 0, Duration.ZERO)) {
      ask(postgres.url(), "create table kept as select 1 as x");
      postgres.kill();
      assertThatThrownBy(() -> ask(postgres.url(), "select 1")).isInstanceOf(SQLException.class);
      postgres.start();
      assertThat(ask(postgres.url(), "select x from kept")).isEqualTo("1");
      assertThat(ask(postgres.url(), "show fsync")).isEqualTo("on");
    }

    long before = System.nanoTime();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, 0, Duration.ZERO)) {
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
      assertThat(ask(postgres.url(), "select x from kept")).isEqualTo("1");
      assertThat(ask(postgres.url(), "show fsync")).isEqualTo("on");
      assertThatThrownBy(() -> EmbeddedPostgres.start(directory, 0, Duration.ZERO))
          .isInstanceOf(EmbeddedServerException.class)
          .hasMessageContaining("in use by another Grizz");
      assertThat(ask(postgres.url(), "select x from kept")).isEqualTo("1");
    }
  }

  @Test
  void serverIsPrivateAndEndsWithItsOwner() throws Exception {
    EmbeddedPostgres postgres = EmbeddedPostgres.temporary();
    ProcessHandle process = ProcessHandle.of(postgres.pid()).orElseThrow();
    URI url = postgres.url();
    String password = List.of(url.getUserInfo().split(":", 2)).get(1);

    assertThat(process.info().arguments().orElseThrow()).noneMatch(it -> it.contains(password));
    assertThat(process.info().user()).isNotEqualTo(java.util.Optional.of("root"));
    assertThatThrownBy(() -> ask(URI.create(url.toString().replace(password, "guess")), "select 1"))
        .isInstanceOf(SQLException.class);
    assertThat(ask(url, "show listen_addresses")).isEqualTo("127.0.0.1");
    assertThat(ask(url, "show server_encoding")).isEqualTo("UTF8");
    assertThat(ask(url, "show fsync")).as("data that nobody keeps").isEqualTo("off");

    try (Connection open = connect(url)) {
      long before = System.nanoTime();
      postgres.close();
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
      assertThat(open.isClosed()).isFalse();
    }
    assertThat(process.isAlive()).isFalse();
    postgres.close();
  }

  @Test
  void portOfAnotherServerIsAnErrorThatSaysSo() {
    try (EmbeddedPostgres first = EmbeddedPostgres.temporary();
        DataDirectory other = DataDirectory.temporary()) {
      Path directory = other.resolve("data");
      assertThatThrownBy(
              () -> EmbeddedPostgres.start(directory, first.url().getPort(), Duration.ZERO))
          .isInstanceOf(EmbeddedServerException.class)
          .hasMessageContaining("Address already in use");
    }
  }

  @Test
  void childrenOfAKilledServerAreWaitedFor(@TempDir Path scratch) throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(scratch, 0, Duration.ZERO)) {
      ProcessHandle server = ProcessHandle.of(postgres.pid()).orElseThrow();
      ProcessHandle child = server.children().findFirst().orElseThrow();
      signal(child, "STOP");
      server.destroyForcibly();
      server.onExit().join();
      CompletableFuture<Void> goesOn =
          CompletableFuture.runAsync(
              () -> signal(child, "KILL"),
              CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS));
      postgres.start();
      assertThat(ask(postgres.url(), "select 1")).isEqualTo("1");
      assertThat(goesOn).as("it was there until then").isDone();
      goesOn.join();
    }
  }

  private static void signal(ProcessHandle process, String name) {
    try {
      new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    } catch (java.io.IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void idThatAnotherProcessGotSinceIsNoServer(@TempDir Path scratch) throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(scratch, 0, Duration.ZERO)) {
      postgres.kill();
      Path file = scratch.resolve("cluster/postmaster.pid");
      List<String> lines = new java.util.ArrayList<>(Files.readAllLines(file));
      Process stranger = new ProcessBuilder("sleep", "60").start();
      try {
        lines.set(0, String.valueOf(stranger.pid()));
        Files.write(file, lines);
        postgres.start();
        assertThat(ask(postgres.url(), "select 1")).isEqualTo("1");
      } finally {
        stranger.destroyForcibly();
      }
    }
  }

  private static String ask(URI url, String sql) throws SQLException {
    try (Connection connection = connect(url);
        var statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return "";
      }
      ResultSet rows = statement.getResultSet();
      rows.next();
      return rows.getString(1);
    }
  }

  private static Connection connect(URI url) throws SQLException {
    List<String> account = List.of(url.getUserInfo().split(":", 2));
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + url.getPort() + url.getPath(),
        account.get(0),
        account.get(1));
  }
}
