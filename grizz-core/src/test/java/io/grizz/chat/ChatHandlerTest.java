package io.grizz.chat;

import static io.grizz.chat.ChatFixture.field;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.ChatRecord.Answer;
import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.Finished;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.JobState;
import io.grizz.model.ScriptedModel;
import io.grizz.postgres.TestPostgres;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of a message, told on the real stores and a model that the test directs. */
@ExtendWith(TestPostgres.class)
class ChatHandlerTest {

  private final CountDownLatch goOn = new CountDownLatch(1);
  private ChatFixture chats;

  @BeforeEach
  void open(TestPostgres.Server postgres) {
    chats = new ChatFixture(postgres);
  }

  @AfterEach
  void close() {
    goOn.countDown();
    chats.close();
  }

  @Test
  void answerIsRecordedOnceAndExactlyAsItWasStreamed() {
    String[] pieces = new String[500];
    for (int i = 0; i < pieces.length; i++) {
      pieces[i] = "tok" + i + " \u00e9\ud83d\udc3b \"\\\n\t\u2028 ";
    }
    chats.model.then(pieces);
    chats.startWorker();
    RecordedJob job = chats.send("Hello");

    Begun.Closed closed = chats.ended(job);
    assertThat(closed.text()).isEqualTo(String.join("", pieces)).isEqualTo(chats.shown(job));
    assertThat(closed.ending().state()).isEqualTo(JobState.COMPLETED);
    assertThat(closed.ending().usage())
        .isEqualTo(new Usage("m-0", "stop", 12, 34, 5, 6, false, 144, 120, 950));
    assertThat(chats.conversation(job))
        .containsExactly("user: Hello", "assistant: " + String.join("", pieces));
    assertThat(chats.ends(job)).hasSize(1).allMatch(it -> field(it, "t").equals("done"));
    assertThat(field(chats.ends(job).getFirst(), "message"))
        .isEqualTo(closed.ending().message().orElseThrow().toString());
  }

  @Test
  void characterThatTheModelSaysInTwoPiecesIsShownAndRecordedWhole() {
    RecordedJob job = chats.send("Hello");
    chats.model.then(sink -> {
      sink.text("a bear: \ud83d");
      // why: so that the halves cannot meet before they are sent
      ChatFixture.soon().until(() -> !chats.shown(job).isEmpty());
      sink.text("\udc3b, and half of one: \ud83d");
    });
    chats.startWorker();

    assertThat(chats.ended(job).text())
        .isEqualTo(chats.shown(job))
        .startsWith("a bear: \ud83d\udc3b, and half");
  }

  @Test
  void characterThatNoRowCanKeepIsNotShownEither() {
    chats.model.then("before\0after");
    chats.startWorker();
    RecordedJob job = chats.send("Hello");

    assertThat(chats.ended(job).text()).isEqualTo("beforeafter").isEqualTo(chats.shown(job));
  }

  @Test
  void failureOfTheModelIsTriedAgainAndReadersStartOver() {
    chats.model.then(sink -> {
      sink.text("wrong");
      throw ScriptedModel.unavailable();
    });
    chats.model.then("right");
    chats.startWorker();
    RecordedJob job = chats.send("Hello");

    assertThat(chats.ended(job).text()).isEqualTo("right").isEqualTo(chats.shown(job));
    assertThat(chats.kinds(job)).containsExactly("job", "delta", "done");
    assertThat(field(chats.frames(job).getFirst(), "attempt")).isEqualTo("2");
    assertThat(chats.conversation(job)).containsExactly("user: Hello", "assistant: right");
  }

  @Test
  void limitedModelIsAskedAgainLaterAtNoCostToTheJob() {
    for (int i = 0; i < 3; i++) {
      chats.model.then(sink -> {
        throw ScriptedModel.limited(ofMillis(1));
      });
    }
    chats.model.then("at last");
    chats.startWorker();
    RecordedJob job = chats.send("Hello");

    assertThat(chats.ended(job).text()).isEqualTo("at last");
    assertThat(chats.queue.find(job.id()).orElseThrow().counters().attempts()).isZero();
  }

  @Test
  void jobWhoseAttemptsAreSpentFailsInRowAndFrame() {
    for (String text : new String[] {"one", "two"}) {
      chats.model.then(sink -> {
        sink.text(text);
        throw ScriptedModel.unavailable();
      });
    }
    chats.startWorker();
    RecordedJob job = chats.send("Hello");

    Begun.Closed closed = chats.endedByRepair(job);
    assertThat(closed.ending().state()).isEqualTo(JobState.DEAD);
    assertThat(closed.ending().code()).isEqualTo("attempts_spent");
    assertThat(closed.text()).isEqualTo("two").isEqualTo(chats.shown(job));
    assertFailed(job, "attempts_spent", true);
    assertThat(chats.model.calls()).hasSize(2);
  }

  @Test
  void callThatCanOnlyFailAgainFailsAtOnce() {
    chats.model.then(sink -> {
      throw ScriptedModel.contextTooLong();
    });
    chats.startWorker();
    RecordedJob job = chats.send("Hello");

    Begun.Closed closed = chats.ended(job);
    assertThat(closed.ending().state()).isEqualTo(JobState.DEAD);
    assertThat(closed.ending().code()).isEqualTo("context_too_long");
    assertThat(closed.ending().message()).isEmpty();
    assertFailed(job, "context_too_long", false);
    assertThat(chats.model.calls()).hasSize(1);
  }

  @Test
  void answerThatIsCancelledInTheMiddleKeepsWhatWasSaid() {
    chats.model.then(sink -> {
      sink.text("half of an");
      goOn.await();
    });
    chats.startWorker();
    RecordedJob job = chats.send("Hello");
    chats.awaitShown(job, "half of an");
    assertThat(chats.chat.cancel(chats.user, job.id())).isTrue();
    assertThat(chats.chat.cancel(chats.user, job.id())).isTrue();

    Begun.Closed closed = chats.ended(job);
    assertThat(closed.text()).isEqualTo("half of an").isEqualTo(chats.shown(job));
    assertThat(closed.ending().state()).isEqualTo(JobState.CANCELLED);
    assertThat(closed.ending().usage().estimated()).isTrue();
    chats.repair.round();
    assertThat(chats.ends(job)).hasSize(1);
    assertThat(field(chats.ends(job).getFirst(), "t")).isEqualTo("cancelled");
    assertThat(field(chats.ends(job).getFirst(), "partial")).isEqualTo("true");
    assertThat(chats.conversation(job)).containsExactly("user: Hello", "assistant: half of an");
  }

  @Test
  void jobThatIsCancelledBeforeItRunsCallsNoModel() {
    RecordedJob job = chats.send("Hello");
    chats.chat.cancel(chats.user, job.id());
    chats.startWorker();

    Begun.Closed closed = chats.endedByRepair(job);
    assertThat(closed.ending().state()).isEqualTo(JobState.CANCELLED);
    assertThat(chats.ends(job)).hasSize(1);
    assertThat(chats.model.calls()).isEmpty();
  }

  @Test
  void strangerCannotCancel() {
    chats.model.then(sink -> {
      sink.text("mine");
      goOn.await();
    });
    chats.startWorker();
    RecordedJob job = chats.send("Hello");
    chats.awaitShown(job, "mine");
    assertThat(chats.chat.cancel(UUID.randomUUID(), job.id())).isFalse();
    goOn.countDown();

    assertThat(chats.ended(job).ending().state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void runThatFindsItsRowClosedShowsTheRecordAndCallsNoModel() {
    RecordedJob job = chats.send("Hello");
    chats.record.begin(job.id(), 100);
    Answer answer = new Answer(JobState.COMPLETED, "", "paid for once", Usage.NONE);
    assertThat(chats.record.finish(job.id(), 100, answer)).isInstanceOf(Finished.Closed.class);
    chats.startWorker();

    assertThat(chats.ended(job).text()).isEqualTo("paid for once").isEqualTo(chats.shown(job));
    assertThat(chats.ends(job)).hasSize(1).allMatch(it -> field(it, "t").equals("done"));
    assertThat(chats.model.calls()).isEmpty();
  }

  @Test
  void runThatTheRecordIsAheadOfStartsAgainAboveIt() {
    RecordedJob job = chats.send("Hello");
    chats.record.begin(job.id(), 100);
    chats.model.then("mine");
    chats.startWorker();

    assertThat(chats.ended(job).text()).isEqualTo("mine");
    assertThat(chats.model.calls()).hasSize(1);
  }

  @Test
  void messagesOfOneConversationAreAnsweredOneAfterTheOtherInEachOthersKnowledge() {
    chats.model.then(sink -> {
      sink.text("first answer");
      goOn.await();
    });
    chats.model.then("second answer");
    chats.startWorker();
    RecordedJob first = chats.send("first question");
    RecordedJob second = chats.send("second question");
    chats.awaitShown(first, "first answer");
    assertThat(second.state()).isEqualTo(JobState.HELD);
    assertThat(second.conversation()).isEqualTo(first.conversation());
    assertThat(chats.model.calls()).hasSize(1);
    goOn.countDown();

    assertThat(chats.ended(second).text()).isEqualTo("second answer");
    assertThat(chats.asked(0)).containsExactly("system: Be kind.", "user: first question");
    assertThat(chats.asked(1))
        .containsExactly(
            "system: Be kind.",
            "user: first question",
            "assistant: first answer",
            "user: second question");
  }

  @Test
  void postgresThatRestartsInMidAnswerCostsTheAnswerNothing(TestPostgres.Server postgres) {
    chats.model.then(sink -> {
      sink.text("before, ");
      goOn.await();
      sink.text("after");
    });
    chats.startWorker();
    RecordedJob job = chats.send("Hello");
    chats.awaitShown(job, "before, ");
    postgres.kill();
    try {
      goOn.countDown();
      chats.awaitShown(job, "before, after");
    } finally {
      postgres.start();
    }

    assertThat(chats.ended(job).text()).isEqualTo("before, after").isEqualTo(chats.shown(job));
    assertThat(chats.ends(job)).hasSize(1);
    assertThat(chats.model.calls()).hasSize(1);
  }

  private void assertFailed(RecordedJob job, String code, boolean retryable) {
    assertThat(chats.ends(job)).hasSize(1);
    String frame = chats.ends(job).getFirst();
    assertThat(field(frame, "t")).isEqualTo("failed");
    assertThat(field(frame, "code")).isEqualTo(code);
    assertThat(field(frame, "retryable")).isEqualTo(String.valueOf(retryable));
  }
}
