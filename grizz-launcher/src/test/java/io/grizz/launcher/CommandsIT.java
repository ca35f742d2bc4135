package io.grizz.launcher;

import static io.grizz.launcher.LaunchedGrizz.run;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.launcher.LaunchedGrizz.Ran;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** What every command says and how it exits, whatever it is given. */
@Execution(ExecutionMode.CONCURRENT)
class CommandsIT {

  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int NO_JDK = 69;
  private static final int BAD_CONFIGURATION = 78;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "launch",
        "chat",
        "token",
        "doctor",
        "config",
        "web",
        "worker",
        "migrate",
        "usage",
        "forget",
        "offline-model"
      })
  void helpOfEach(String command) throws Exception {
    Ran ran = run(command, "--help");
    assertThat(ran.exit()).isZero();
    assertThat(ran.out()).startsWith("Usage: grizz " + command).contains("--config", "--set");
    assertThat(run("--help").out()).contains(command);
  }

  @Test
  void version() throws Exception {
    Ran ran = run("--version");
    assertThat(ran.exit()).isZero();
    assertThat(ran.out()).matches("(?s)grizz \\d+\\.\\d+\\.\\d+\\nJava \\d.*");
  }

  @ParameterizedTest
  @CsvSource({
    "lanch, grizz launch",
    "launch --wokers 3, --workers",
    "launch --workers three, --workers",
    "token, --user",
    "token --user me, me' is not a UUID",
    "forget 6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11, --yes",
  })
  void badUsage_saysWhatIsMeant(String line, String meant) throws Exception {
    Ran ran = run(line.split(" ", -1));
    assertThat(ran.exit()).isEqualTo(USAGE);
    assertThat(ran.err()).contains(meant).doesNotContain("Exception");
    assertThat(ran.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "queue.leese=3s, did you mean queue.lease?",
    "queue.lease=soon, a duration",
    "queue.lease=3ms, It was set by --set",
    "queue.lease=2s, It is the default. Set another one with --set queue.renew=VALUE",
    "launch.workers=0, 1 to 64",
    "gateway.port=70000, gateway.port",
    "auth.secret=short, 32 bytes",
  })
  void badSetting_isNamed(String setting, String said) throws Exception {
    Ran ran = run("launch", "--data", directory + "/data", "--set", setting);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(BAD_CONFIGURATION);
    assertThat(ran.err()).contains(said).doesNotContain("Exception");
    assertThat(ran.out()).isEmpty();
  }

  @Test
  void badFile_isNamedWithItsLine() throws Exception {
    Path file = Files.writeString(directory.resolve("my.yaml"), "queue:\n  leese: 3s\n");
    Ran ran = run("config", "--config", file.toString());
    assertThat(ran.exit()).isEqualTo(BAD_CONFIGURATION);
    assertThat(ran.err()).contains("queue.leese", "my.yaml", "queue.lease");
    assertThat(run("config", "--config", directory + "/none.yaml").exit())
        .isEqualTo(BAD_CONFIGURATION);
  }

  @Test
  void config_showsOriginsAndMasksSecrets() throws Exception {
    Ran ran =
        run(
            Map.of("REDIS_URL", "redis://:hunter2@example.org:1", "GRIZZ_QUEUE_LEASE", "45s"),
            "config",
            "--set",
            "queue.renew=5s");
    assertThat(ran.exit()).isZero();
    assertThat(ran.out())
        .containsPattern("queue.lease += 45s +GRIZZ_QUEUE_LEASE")
        .containsPattern("queue.renew += 5s +--set")
        .containsPattern("redis.url += \\*+ +REDIS_URL")
        .doesNotContain("hunter2");
  }

  @Test
  void doctor_looksAtEverything() throws Exception {
    Ran ran = run("doctor", "--data", directory + "/data", "--port", "" + FreePorts.pair());
    assertThat(ran.exit()).as(ran.out()).isZero();
    assertThat(ran.out().lines().map(line -> line.split(" +", 3)[1]))
        .isEqualTo(List.of("java", "data", "redis", "postgres", "model", "ports", "secret"));

    Ran sick =
        run(
            Map.of(
                "REDIS_URL", "redis://127.0.0.1:1", "DATABASE_URL", "postgresql://a@127.0.0.1:1/b"),
            "doctor",
            "--data",
            directory + "/data");
    assertThat(sick.exit()).isEqualTo(FAILED);
    assertThat(sick.out())
        .contains("FAIL  redis", "FAIL  postgres", "127.0.0.1:1")
        .contains("correct redis.url", "correct database.url");
  }

  @Test
  void doctor_asksTheProviderWhetherTheKeyIsGood() throws Exception {
    HttpServer provider =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    provider.createContext(
        "/v1/models",
        exchange -> {
          boolean good =
              "Bearer sk-good".equals(exchange.getRequestHeaders().getFirst("Authorization"));
          exchange.sendResponseHeaders(good ? 200 : 401, -1);
          exchange.close();
        });
    provider.start();
    try {
      String url = "http://127.0.0.1:" + provider.getAddress().getPort() + "/v1";
      assertThat(doctor(url, "sk-bad"))
          .contains("FAIL  model", "refuses the key with 401", "OPENAI_API_KEY")
          .doesNotContain("sk-bad");
      assertThat(doctor(url, "sk-good")).contains("ok    model", url + " with a key");
    } finally {
      provider.stop(0);
    }
  }

  private String doctor(String url, String key) throws Exception {
    Map<String, String> provider = Map.of("OPENAI_BASE_URL", url, "OPENAI_API_KEY", key);
    return run(provider, "doctor", "--data", directory + "/data").out();
  }

  @Test
  void hostOfAnotherMachine_isRefused() throws Exception {
    Ran ran = run("launch", "--data", directory + "/data", "--host", "192.0.2.1");
    assertThat(ran.exit()).isEqualTo(BAD_CONFIGURATION);
    assertThat(ran.err()).contains("gateway.host", "192.0.2.1", "an address of this machine");
  }

  @Test
  void redisThatCannotServe_isRefused() throws Exception {
    assertThat(launch(Map.of("REDIS_URL", "redis://127.0.0.1:1"), FAILED))
        .contains("no Redis answers at redis://127.0.0.1:1");
    try (EmbeddedRedis redis = EmbeddedRedis.temporary()) {
      String address = redis.uri().getHost() + ":" + redis.uri().getPort();
      assertThat(launch(Map.of("REDIS_URL", "redis://:wrong@" + address), BAD_CONFIGURATION))
          .contains("redis.url", "password")
          .doesNotContain("wrong@");
      try (Jedis jedis = new Jedis(redis.uri())) {
        jedis.configSet("maxmemory-policy", "allkeys-lru");
      }
      assertThat(launch(Map.of("REDIS_URL", redis.uri().toString()), BAD_CONFIGURATION))
          .contains("allkeys-lru", "noeviction");
    }
  }

  @Test
  void postgresThatCannotServe_isRefused() throws Exception {
    assertThat(launch(Map.of("DATABASE_URL", "postgresql://a:b@127.0.0.1:1/c"), FAILED))
        .contains("no Postgres answers at postgresql://127.0.0.1:1/c");
    try (EmbeddedPostgres postgres = EmbeddedPostgres.temporary()) {
      String wrong = postgres.url().toString().replaceAll(":[^:@/]+@", ":wrong@");
      assertThat(launch(Map.of("DATABASE_URL", wrong), BAD_CONFIGURATION))
          .contains("database.url", "password")
          .doesNotContain("wrong");
      Map<String, String> many =
          Map.of("DATABASE_URL", postgres.url().toString(), "GRIZZ_SESSION_LIMIT", "11");
      assertThat(launch(many, BAD_CONFIGURATION))
          .contains("session.pool-size-worker", "makes 12", "11 sessions", "session.limit");
    }
  }

  @Test
  void dataThatCannotBeWritten_isSaid() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");
    Ran ran = run("launch", "--data", file + "/data");
    assertThat(ran.exit()).isEqualTo(FAILED);
    assertThat(ran.err()).contains("cannot write", "--data");
  }

  @Test
  void chat_saysThatNobodyIsThere_orWhatIsMissing() throws Exception {
    String data = directory.resolve("data").toString();
    Ran early = run("chat", "--once", "hello", "--data", data);
    assertThat(early.exit()).isEqualTo(BAD_CONFIGURATION);
    assertThat(early.err()).contains("grizz launch");

    Ran nobody = run("chat", "--once", "hello", "--token", "x", "--url", "ws://127.0.0.1:1/v1/ws");
    assertThat(nobody.exit()).isEqualTo(FAILED);
    assertThat(nobody.err()).contains("Is Grizz running there?");
    assertThat(run("chat", "--once", " ", "--token", "x").exit()).isEqualTo(USAGE);
  }

  @Test
  void dataAreInTheHomeThatTheShellNames() throws Exception {
    Ran ran = run(Map.of("HOME", directory.toString()), "doctor", "--port", "1");
    assertThat(ran.out()).contains("data      " + directory.resolve(".grizz"));
  }

  @Test
  void migrate_printsTheSqlWithoutADatabase_orMissesOne() throws Exception {
    assertThat(run("migrate", "--print").out()).contains("-- V1__", "create table grizz.jobs");
    Ran ran = run("migrate", "--data", directory + "/nothing");
    assertThat(ran.exit()).isEqualTo(BAD_CONFIGURATION);
    assertThat(ran.err()).contains("database.url", "no embedded server runs");
  }

  @Test
  void token_isAloneOnStdout() throws Exception {
    Ran ran =
        run(
            Map.of("SUPABASE_JWT_SECRET", "a-secret-of-tests-that-is-32-bytes-long"),
            "token",
            "--user",
            UUID.randomUUID().toString());
    assertThat(ran.exit()).isZero();
    assertThat(ran.out()).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+\n");
  }

  @Test
  void noSuitableJdk_isSaid() throws Exception {
    Path script = LaunchedGrizz.home().resolve("lib/find-java.sh");
    Process process =
        new ProcessBuilder("sh", "-c", ". \"$0\"; oldest_java=99; find_java", script.toString())
            .start();
    String said = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isEqualTo(NO_JDK);
    assertThat(said).contains("no JDK 99 or newer", "GRIZZ_JAVA_HOME", "(is ");
  }

  private String launch(Map<String, String> environment, int exit) throws Exception {
    Ran ran = run(environment, "launch", "--data", directory + "/data");
    assertThat(ran.exit()).as(ran.err()).isEqualTo(exit);
    assertThat(ran.out()).isEmpty();
    return ran.err();
  }
}
