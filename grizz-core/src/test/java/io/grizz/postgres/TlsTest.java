package io.grizz.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grizz.embedded.EmbeddedPostgres;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Postgres with TLS, whose certificate is good for localhost only. */
class TlsTest {

  private static final Path OPENSSL = Path.of("/usr/bin/openssl");
  private static final String NOBODY = "65534";

  @Test
  void wayIsAsSafeAsTheAddressSays(@TempDir Path directory) throws Exception {
    assumeTrue(Files.isExecutable(OPENSSL), "openssl is not installed");
    try (EmbeddedPostgres postgres = EmbeddedPostgres.temporary()) {
      URI plain = postgres.url();
      Path certificate = certified(directory, PostgresConfig.at(plain));
      String root = "&sslrootcert=" + certificate;

      assertThat(encrypted(plain, "127.0.0.1", "sslmode=disable")).isFalse();
      assertThat(encrypted(plain, "127.0.0.1", "sslmode=require")).isTrue();
      assertThat(encrypted(plain, "localhost", "sslmode=verify-full" + root)).isTrue();
      assertThatThrownBy(() -> encrypted(plain, "127.0.0.1", "sslmode=verify-full" + root))
          .as("another name than that of the certificate")
          .isInstanceOf(SessionException.class);
      assertThatThrownBy(
              () -> encrypted(plain, "localhost", "sslmode=verify-full&sslrootcert=/dev/null"))
          .as("nobody vouches for it")
          .isInstanceOf(SessionException.class);
    }
  }

  private static boolean encrypted(URI plain, String host, String parameters) {
    PostgresConfig config =
        PostgresConfig.parse(
            plain.toString().replace("@127.0.0.1:", "@" + host + ":") + "?" + parameters);
    try (SessionScope scope = SessionScope.open(config.withPoolSize(1))) {
      return scope.read(
          "tls",
          session ->
              session.one(
                  "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
                  row -> row.flag("ssl")));
    }
  }

  /** Makes a certificate, and the server use it. */
  private static Path certified(Path directory, PostgresConfig config) throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path key = directory.resolve("key.pem");
    Path certificate = directory.resolve("cert.pem");
    run(
        List.of(
            OPENSSL.toString(),
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            key.toString(),
            "-out",
            certificate.toString(),
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    if (System.getProperty("user.name").equals("root")) {
      // why: root's Postgres runs as nobody, or as an account of its own
      run(List.of("chown", owner(config), key.toString()));
    }
    try (Connection connection = PostgresInspection.source(config).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("alter system set ssl_cert_file = '" + certificate + "'");
      statement.execute("alter system set ssl_key_file = '" + key + "'");
      statement.execute("alter system set ssl = on");
      statement.execute("select pg_reload_conf()");
    }
    await().ignoreExceptions().until(() -> encrypted(config.uri(), "127.0.0.1", "sslmode=require"));
    return certificate;
  }

  /** The account that the server runs under. */
  private static String owner(PostgresConfig config) throws Exception {
    try (Connection connection = PostgresInspection.source(config).getConnection();
        Statement statement = connection.createStatement();
        var row = statement.executeQuery("select pg_backend_pid()")) {
      row.next();
      return ProcessHandle.of(row.getLong(1)).orElseThrow().info().user().orElse(NOBODY);
    }
  }

  private static void run(List<String> words) throws Exception {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }
}
