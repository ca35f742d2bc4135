package io.grizz.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.offline.OfflineAnswer;
import io.grizz.launcher.offline.OfflineConfig;
import io.grizz.launcher.offline.OfflineModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Each service that the operator names is used instead of Grizz's own, and no other is. */
@Isolated("starts whole Grizzes")
class OwnServicesIT {

  private static final String PROMPT = "/words 80";
  private static final int SESSION = 3;

  @TempDir private Path directory;

  @Test
  void redisAndSecretOfTheOperator_besideOurPostgresAndModel() throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.temporary()) {
      Map<String, String> theirs =
          Map.of("REDIS_URL", redis.uri().toString(), "SUPABASE_JWT_SECRET", RunningGrizz.SECRET);
      try (LaunchedGrizz grizz =
          LaunchedGrizz.start(directory, FreePorts.pair(), theirs, "--workers", "1")) {
        assertThat(grizz.err())
            .contains("redis     redis://127.0.0.1:" + redis.uri().getPort())
            .contains("postgres  embedded", "model     offline", "secret of SUPABASE_JWT_SECRET");
        assertThat(grizz.data.resolve("redis")).doesNotExist();
        assertThat(grizz.data.resolve("auth.secret")).doesNotExist();
        String token = RunningGrizz.anyToken(UUID.randomUUID());
        assertThat(grizz.get(token, "/client-config")).contains("\"kind\":\"token\"");
        assertThat(piped(grizz, theirs, "hello\n")).isEqualTo(OfflineAnswer.to("hello", 0) + "\n");
        assertThat(grizz.get(token, "/readyz")).contains("\"ready\":true");

        assertThat(ProcessHandle.of(redis.pid()).orElseThrow().destroyForcibly()).isTrue();
        await()
            .atMost(20, TimeUnit.SECONDS)
            .untilAsserted(() ->
                assertThat(grizz.get(token, "/readyz"))
                    .contains("\"ready\":false", "{\"name\":\"redis\",\"ok\":false")
                    .contains("{\"name\":\"postgres\",\"ok\":true"));
      }
    }
  }

  @Test
  void databaseAndModelOfTheOperator_besideOurRedis_andTermLetsAnAnswerEnd() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.temporary();
        OfflineModel model = OfflineModel.start(0, new OfflineConfig(Duration.ofMillis(50), 40))) {
      Map<String, String> theirs =
          Map.of(
              "DATABASE_URL", postgres.url().toString(),
              "OPENAI_BASE_URL", model.uri().toString());
      try (LaunchedGrizz grizz =
          LaunchedGrizz.start(directory, FreePorts.pair(), theirs, "--workers", "1")) {
        assertThat(grizz.err())
            .contains("postgres  postgresql://127.0.0.1:" + postgres.url().getPort())
            .contains("redis     embedded", "gpt-4.1-mini", model.uri() + " without a key")
            .doesNotContain("offline");
        assertThat(grizz.data.resolve("postgres")).doesNotExist();
        for (ProcessHandle child : List.of(grizz.process("web"), grizz.process("worker-1"))) {
          assertThat(session(child)).as("a session of its own").isEqualTo(child.pid());
        }
        String token = grizz.token(UUID.randomUUID());
        try (RawClient raw = RawClient.connect(grizz.ws(), token)) {
          raw.send(
              "{\"t\":\"send\",\"id\":\"1\",\"msg\":\"%s\",\"text\":\"%s\"}"
                  .formatted(UUID.randomUUID(), PROMPT));
          await().until(() -> raw.text().length() > 100);
          assertThat(grizz.terminate()).isZero();
          assertThat(raw.frames("done")).hasSize(1);
          assertThat(raw.text()).isEqualTo(OfflineAnswer.to(PROMPT, 0));
        }
      }
    }
  }

  /** What {@code grizz chat} prints of a text that is piped in, with a secret it finds set. */
  private static String piped(LaunchedGrizz grizz, Map<String, String> environment, String text)
      throws Exception {
    ProcessBuilder builder =
        LaunchedGrizz.command(
            "chat",
            "--data",
            grizz.data.resolveSibling("of-the-terminal").toString(),
            "--url",
            grizz.ws().toString());
    builder.environment().putAll(environment);
    Process chat = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var in = chat.getOutputStream()) {
      in.write(text.getBytes(UTF_8));
    }
    String out = new String(chat.getInputStream().readAllBytes(), UTF_8);
    assertThat(chat.waitFor()).isZero();
    return out;
  }

  /** The session that a process belongs to. */
  private static long session(ProcessHandle process) throws Exception {
    Path stat = Path.of("/proc/" + process.pid() + "/stat");
    if (Files.notExists(stat)) {
      return process.pid(); // not on Linux
    }
    String afterItsName = Files.readString(stat).replaceFirst(".*\\) ", "");
    return Long.parseLong(afterItsName.split(" ", -1)[SESSION]);
  }
}
