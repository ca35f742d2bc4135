package io.grizz.model;

import static io.grizz.model.Provider.event;
import static io.grizz.model.Provider.finish;
import static io.grizz.model.Provider.text;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.grizz.model.ChatRequest.Message;
import io.grizz.model.ModelConfig.Patience;
import io.grizz.model.ModelException.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** How long a call waits, who may end it, and what is left of it then: nothing. */
class WatchdogTest {

  private static final Duration LONG = ofSeconds(60);
  private static final Patience PATIENT = new Patience(ofSeconds(5), LONG, LONG, LONG);
  private static final Duration SOON = ofSeconds(5);

  private static final ChatRequest REQUEST =
      new ChatRequest("m-0", List.of(new Message("user", "Hello")), ChatRequest.Options.NONE);

  private final CountDownLatch hungUp = new CountDownLatch(1);
  private final CountDownLatch heard = new CountDownLatch(1);

  @Test
  void providerThatDoesNotAnswerAtAllIsGivenUp() throws Exception {
    Patience patience = new Patience(ofSeconds(5), ofMillis(300), LONG, LONG);
    try (Provider provider = silentAfter()) {
      assertFailure(failure(provider, patience), "upstream_timeout", "no answer in time");
      assertHungUp();
    }
  }

  @Test
  void clientsOwnTimeoutWhichMayCutAnAnswerThatMovesOnIsNotSet() throws Exception {
    Patience patience = new Patience(ofSeconds(5), ofMillis(300), LONG, LONG);
    try (Provider provider = silentAfter();
        OpenAiChatModel model = open(provider, patience)) {
      assertThat(model.call(REQUEST, true).timeout()).isEmpty();
    }
  }

  @Test
  void providerThatSendsHeadersAndNoTextIsGivenUp() throws Exception {
    Patience patience = new Patience(ofSeconds(5), ofMillis(300), LONG, LONG);
    String role = event("{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}");
    try (Provider provider = silentAfter(": soon\n\n", role)) {
      assertFailure(failure(provider, patience), "upstream_timeout", "NO_FIRST_TOKEN");
      assertHungUp();
    }
  }

  @Test
  void gapInTheTextThatIsTooLongIsGivenUp() throws Exception {
    Patience patience = new Patience(ofSeconds(5), LONG, ofMillis(300), LONG);
    try (Provider provider = silentAfter(text("Hi"))) {
      assertFailure(failure(provider, patience), "upstream_timeout", "STALLED");
      assertHungUp();
    }
  }

  @Test
  void answerThatNeverEndsIsGivenUp() throws Exception {
    Patience patience = new Patience(ofSeconds(5), LONG, LONG, ofMillis(500));
    try (Provider provider =
        Provider.that(call -> {
          call.stream();
          try {
            while (true) {
              call.send(text("and so on "));
            }
          } catch (IOException e) {
            hungUp.countDown();
          }
        })) {
      assertFailure(failure(provider, patience), "upstream_timeout", "TOO_SLOW");
      assertHungUp();
    }
  }

  @Test
  void slowAnswerIsHeardOutForAsLongAsItMovesOn() throws Exception {
    Patience patience = new Patience(ofSeconds(5), ofMillis(500), ofMillis(500), LONG);
    try (Provider provider =
            Provider.that(call -> {
              call.stream();
              for (int i = 0; i < 10; i++) {
                call.send(text("word "));
                await().pollDelay(ofMillis(100)).until(() -> true);
              }
              call.send(finish("stop"));
            });
        OpenAiChatModel model = open(provider, patience)) {
      StringBuilder text = new StringBuilder();
      model.stream(REQUEST, text::append);

      assertThat(text).hasToString("word ".repeat(10));
    }
  }

  @Test
  void answerThatSaidItsReasonIsWholeAlsoWhenTheServerNeverHangsUp() throws Exception {
    Patience patience = new Patience(ofSeconds(5), ofSeconds(5), ofMillis(200), LONG);
    try (Provider provider = silentAfter(text("Hi") + finish("stop"));
        OpenAiChatModel model = open(provider, patience)) {
      StringBuilder text = new StringBuilder();
      assertThat(model.stream(REQUEST, text::append).finish()).isEqualTo("stop");
      assertThat(text).hasToString("Hi");
    }
  }

  @Test
  void interruptHangsUpAtOnceWhileTextComes() throws Exception {
    try (Provider provider = silentAfter(text("Hi"));
        OpenAiChatModel model = open(provider, PATIENT)) {
      assertInterruptEnds(model, heard);
    }
  }

  @Test
  void interruptHangsUpAtOnceBeforeAnythingComes() throws Exception {
    CountDownLatch called = new CountDownLatch(1);
    try (Provider provider =
            Provider.that(call -> {
              called.countDown();
              awaitEnd(call);
            });
        OpenAiChatModel model = open(provider, PATIENT)) {
      assertInterruptEnds(model, called);
    }
  }

  @Test
  void interruptHangsUpAtOnceWhileAnErrorIsTold() throws Exception {
    CountDownLatch called = new CountDownLatch(1);
    try (Provider provider =
            Provider.that(call -> {
              call.head("400 Bad Request", "Content-Length: 1000");
              call.send("{\"error\":");
              called.countDown();
              awaitEnd(call);
            });
        OpenAiChatModel model = open(provider, PATIENT)) {
      assertInterruptEnds(model, called);
    }
  }

  @Test
  void listenerThatThrowsEndsTheCall() throws Exception {
    try (Provider provider = silentAfter(text("Hi"));
        OpenAiChatModel model = open(provider, PATIENT)) {
      IllegalStateException theirs = new IllegalStateException("enough");

      Throwable thrown =
          catchThrowable(() ->
              model.stream(
                  REQUEST,
                  text -> {
                    throw theirs;
                  }));

      assertThat(thrown).isSameAs(theirs);
      assertHungUp();
    }
  }

  @Test
  void closeEndsTheCallsThatStillRun() throws Exception {
    try (Provider provider = silentAfter(text("Hi"))) {
      OpenAiChatModel model = open(provider, PATIENT);
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread caller = Thread.ofVirtual().start(() -> thrown.set(catchThrowable(call(model))));
      heard.await();

      model.close();

      assertThat(caller.join(SOON)).isTrue();
      assertThat(thrown.get()).isInstanceOf(ModelException.class);
      assertHungUp();
    }
  }

  @Test
  void nothingIsLeftOfAModelThatWasClosed() throws Exception {
    Set<Thread> before = platformThreads();
    try (Provider provider = Provider.streaming(text("Hi"), finish("stop"))) {
      OpenAiChatModel model = open(provider, PATIENT);
      model.stream(REQUEST, text -> {});
      assertThat(namesOf(platformThreads(), before)).contains("grizz-model-watchdog");

      model.close();

      await()
          .atMost(SOON)
          .pollInterval(ofMillis(10))
          .untilAsserted(() ->
              assertThat(namesOf(platformThreads(), before))
                  .noneMatch(it -> it.startsWith("grizz") || it.startsWith("HttpClient")));
    }
  }

  /** Streams these pieces, then says nothing more until the caller hangs up. */
  private Provider silentAfter(String... pieces) throws IOException {
    return Provider.that(call -> {
      if (pieces.length > 0) {
        call.stream();
      }
      for (String piece : pieces) {
        call.send(piece);
      }
      awaitEnd(call);
    });
  }

  private void awaitEnd(Provider.Call call) throws IOException {
    try {
      call.fallSilent();
    } finally {
      // why: unread bytes make of a hang-up a reset, which throws
      hungUp.countDown();
    }
  }

  private void assertHungUp() throws InterruptedException {
    assertThat(hungUp.await(SOON.toSeconds(), SECONDS)).as("the provider sees the end").isTrue();
  }

  private void assertInterruptEnds(OpenAiChatModel model, CountDownLatch when) throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread caller = Thread.ofVirtual().start(() -> thrown.set(catchThrowable(call(model))));
    when.await();
    long before = System.nanoTime();
    caller.interrupt();

    assertThat(caller.join(SOON)).isTrue();
    assertHungUp();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(ofSeconds(2));
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
  }

  private ThrowingCallable call(OpenAiChatModel model) {
    return () -> model.stream(REQUEST, text -> heard.countDown());
  }

  private ModelException failure(Provider provider, Patience patience) {
    try (OpenAiChatModel model = open(provider, patience)) {
      return catchThrowableOfType(
          ModelException.class, () -> model.stream(REQUEST, text -> heard.countDown()));
    }
  }

  private static OpenAiChatModel open(Provider provider, Patience patience) {
    return OpenAiChatModel.open(new ModelConfig(provider.uri(), Optional.empty(), patience));
  }

  private static void assertFailure(ModelException e, String code, String message) {
    assertThat(e).hasMessageContaining(message);
    assertThat(e.code()).isEqualTo(code);
    assertThat(e.verdict()).isEqualTo(Verdict.RETRY);
  }

  private static Set<Thread> platformThreads() {
    return Thread.getAllStackTraces().keySet();
  }

  private static List<String> namesOf(Set<Thread> threads, Set<Thread> before) {
    Set<Thread> made = new HashSet<>(threads);
    made.removeAll(before);
    return made.stream().map(Thread::getName).toList();
  }
}
