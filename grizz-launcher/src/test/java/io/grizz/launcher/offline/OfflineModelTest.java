package io.grizz.launcher.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.model.ChatRequest;
import io.grizz.model.ChatRequest.Message;
import io.grizz.model.Completion;
import io.grizz.model.ModelConfig;
import io.grizz.model.ModelConfig.Patience;
import io.grizz.model.ModelException;
import io.grizz.model.ModelException.Verdict;
import io.grizz.model.OpenAiChatModel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OfflineModelTest {

  private static final OfflineConfig FAST = new OfflineConfig(Duration.ZERO, 10_000);

  private OfflineModel server;
  private OpenAiChatModel model;

  @BeforeEach
  void start() throws IOException {
    server = OfflineModel.start(0, FAST);
    model = OpenAiChatModel.open(ModelConfig.at(server.uri(), Optional.empty()));
  }

  @AfterEach
  void stop() {
    model.close();
    server.close();
  }

  @Test
  void streamedTextIsWhatTheAnswerSays() throws Exception {
    StringBuilder text = new StringBuilder();
    Completion completion = model.stream(asking("What is a lease? \ud83d\udc3b"), text::append);

    assertThat(text).hasToString(OfflineAnswer.to("What is a lease? \ud83d\udc3b", 1));
    assertThat(completion.finish()).isEqualTo("stop");
    assertThat(completion.model()).isEqualTo("gpt-4.1-mini");
    assertThat(completion.tokens().output()).isPositive();
    assertThat(completion.tokens().estimated()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "429, rate_limited, SNOOZE",
    "500, upstream_unavailable, RETRY",
    "503, upstream_unavailable, RETRY",
    "408, upstream_timeout, RETRY",
    "400, upstream_rejected, FAIL",
    "401, upstream_rejected, FAIL",
    "404, upstream_rejected, FAIL",
    "cut, upstream_unavailable, RETRY"
  })
  void failuresAreClassified(String how, String code, Verdict verdict) {
    assertThatThrownBy(() -> model.stream(asking("/fail " + how), text -> {}))
        .asInstanceOf(InstanceOfAssertFactories.type(ModelException.class))
        .satisfies(e -> assertThat(e.code()).isEqualTo(code))
        .satisfies(e -> assertThat(e.verdict()).isEqualTo(verdict));
  }

  @Test
  void answerThatTakesTooLongIsEndedByTheWatchdog() throws IOException {
    Patience impatience =
        new Patience(
            Duration.ofSeconds(1),
            Duration.ofMillis(300),
            Duration.ofMillis(300),
            Duration.ofSeconds(10));
    try (OfflineModel slow = OfflineModel.start(0, new OfflineConfig(Duration.ZERO, 0.5));
        OpenAiChatModel impatient =
            OpenAiChatModel.open(new ModelConfig(slow.uri(), Optional.empty(), impatience))) {
      assertThatThrownBy(() -> impatient.stream(asking("hello"), text -> {}))
          .asInstanceOf(InstanceOfAssertFactories.type(ModelException.class))
          .satisfies(e -> assertThat(e.code()).isEqualTo("upstream_timeout"));
    }
  }

  @Test
  void interruptEndsTheCallAtOnce() throws Exception {
    try (OfflineModel slow = OfflineModel.start(0, new OfflineConfig(Duration.ZERO, 1));
        OpenAiChatModel patient =
            OpenAiChatModel.open(ModelConfig.at(slow.uri(), Optional.empty()))) {
      CountDownLatch began = new CountDownLatch(1);
      CompletableFuture<Throwable> end = new CompletableFuture<>();
      Thread caller =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  patient.stream(asking("hello"), text -> began.countDown());
                } catch (Exception e) {
                  end.complete(e);
                }
              });
      began.await();
      caller.interrupt();
      assertThat(end.get(2, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    }
  }

  @Test
  void modelThatIsNotThereIsTriedAgain() {
    server.close();
    assertThatThrownBy(() -> model.stream(asking("hello"), text -> {}))
        .asInstanceOf(InstanceOfAssertFactories.type(ModelException.class))
        .satisfies(e -> assertThat(e.verdict()).isEqualTo(Verdict.RETRY));
  }

  private static ChatRequest asking(String question) {
    return new ChatRequest(
        "gpt-4.1-mini",
        List.of(
            new Message("system", "Be brief."),
            new Message("user", "earlier"),
            new Message("user", question)),
        ChatRequest.Options.NONE);
  }
}
