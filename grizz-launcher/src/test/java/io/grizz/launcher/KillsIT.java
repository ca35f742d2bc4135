package io.grizz.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.launcher.client.ChatClient;
import io.grizz.launcher.offline.OfflineAnswer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Processes of a launched Grizz are killed in the middle of an answer; nobody gets another one. */
@Isolated("promises a second")
class KillsIT {

  private static final String PROMPT = "/words 160";
  private static final int SOME = 200;

  @TempDir private static Path directory;
  private static LaunchedGrizz grizz;

  private final AtomicReference<String> text = new AtomicReference<>("");
  private final AtomicInteger restarts = new AtomicInteger();
  private String token;

  @BeforeAll
  static void start() throws Exception {
    grizz = LaunchedGrizz.start(directory, FreePorts.pair());
  }

  @AfterAll
  static void stop() throws Exception {
    grizz.close();
  }

  @BeforeEach
  void newUser() throws Exception {
    token = grizz.token(UUID.randomUUID());
  }

  @Test
  void workerKilled_jobStartsAgainWithinASecond() throws Exception {
    try (RawClient raw = RawClient.connect(grizz.ws(), token)) {
      raw.send(
          "{\"t\":\"send\",\"id\":\"1\",\"msg\":\"%s\",\"text\":\"%s\"}"
              .formatted(UUID.randomUUID(), PROMPT));
      await().until(() -> raw.text().length() > SOME);
      String worker = raw.frames("job").getLast().path("worker").asText();

      long killed = System.nanoTime();
      assertThat(grizz.process(worker).destroyForcibly()).isTrue();
      await().until(() -> !raw.frames("reset").isEmpty());
      Duration pause = Duration.ofNanos(System.nanoTime() - killed);
      await().atMost(20, TimeUnit.SECONDS).until(() -> !raw.frames("done").isEmpty());

      assertThat(pause).isLessThan(Duration.ofSeconds(1));
      assertThat(raw.text()).isEqualTo(OfflineAnswer.to(PROMPT, 0));
      assertThat(raw.ends()).as("terminal events seen").isEqualTo(1);
      UUID job = UUID.fromString(raw.frames("done").getFirst().path("job").asText());
      assertThat(grizz.ends(job)).as("terminal events").containsExactly("done");
      assertThat(grizz.texts(token, "assistant")).containsExactly(raw.text());
    }
  }

  @Test
  void webKilled_clientReadsOnAfterReconnecting() throws Exception {
    CompletableFuture<ChatClient.Ended> answer = ask();
    await().until(() -> text.get().length() > SOME);
    assertThat(grizz.process("web").destroyForcibly()).isTrue();

    ChatClient.Ended ended = answer.get(30, TimeUnit.SECONDS);
    assertThat(ended.text()).isEqualTo(OfflineAnswer.to(PROMPT, 0));
    assertThat(grizz.ends(ended.job())).as("terminal events").containsExactly("done");
    assertThat(text).hasValue(OfflineAnswer.to(PROMPT, 0));
    assertThat(restarts).as("times the answer began again").hasValue(0);
    assertThat(grizz.texts(token, "assistant")).containsExactly(OfflineAnswer.to(PROMPT, 0));
  }

  @Test
  void redisKilled_itIsStartedAgainAndTheAnswerComes() throws Exception {
    CompletableFuture<ChatClient.Ended> answer = ask();
    await().until(() -> text.get().length() > SOME);
    assertThat(grizz.redis().destroyForcibly()).isTrue();

    ChatClient.Ended ended = answer.get(40, TimeUnit.SECONDS);
    assertThat(ended.text()).isEqualTo(OfflineAnswer.to(PROMPT, 0));
    assertThat(grizz.ends(ended.job())).as("terminal events").containsExactly("done");
    assertThat(text).hasValue(OfflineAnswer.to(PROMPT, 0));
    assertThat(grizz.texts(token, "assistant")).containsExactly(OfflineAnswer.to(PROMPT, 0));
  }

  private CompletableFuture<ChatClient.Ended> ask() {
    CompletableFuture<ChatClient.Ended> ended = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (ChatClient client = grizz.client(token)) {
            ended.complete(client.ask(PROMPT, Optional.empty(), new Reader()));
          } catch (Exception e) {
            ended.completeExceptionally(e);
          }
        });
    return ended;
  }

  private final class Reader implements ChatClient.Reader {
    @Override
    public void text(String delta) {
      text.accumulateAndGet(delta, String::concat);
    }

    @Override
    public void restarted(int attempt) {
      text.set("");
      restarts.incrementAndGet();
    }

    @Override
    public void waiting(String why, Duration pause) {
      System.err.println("the client waits " + pause + ": " + why);
    }
  }
}
