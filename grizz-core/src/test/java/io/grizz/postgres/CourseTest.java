package io.grizz.postgres;

import static io.grizz.postgres.RecordFixture.USAGE;
import static io.grizz.postgres.RecordFixture.cancelled;
import static io.grizz.postgres.RecordFixture.done;
import static io.grizz.postgres.RecordFixture.failed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ChatRecord.Answer;
import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.Ending;
import io.grizz.api.ChatRecord.Finished;
import io.grizz.api.ChatRecord.Message;
import io.grizz.api.ChatRecord.RecordRefusedException;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.ChatRecord.Window;
import io.grizz.api.JobState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The course of a job from begin to end, and what is read of it. */
@ExtendWith(TestPostgres.class)
class CourseTest {

  private final RecordFixture given;

  CourseTest(TestPostgres.Server server) {
    this.given = new RecordFixture(server);
  }

  @AfterEach
  void close() {
    given.close();
  }

  @Test
  void runWithTheHighestEpochOwnsTheJob() {
    UUID job = given.asked(given.alice, "hello").id();

    assertThat(given.record.begin(job, 100)).isEqualTo(new Begun.Open());
    assertThat(given.record.begin(job, 100)).isEqualTo(new Begun.Open());
    assertThat(given.record.begin(job, 200)).isEqualTo(new Begun.Open());
    assertThat(given.record.begin(job, 150)).isEqualTo(new Begun.Overtaken(200));
    assertThat(given.record.finish(job, 100, done("late"))).isEqualTo(new Finished.Fenced());
    assertThat(given.record.finish(job, 300, done("early"))).isEqualTo(new Finished.Fenced());
    assertThat(given.record.finish(job, 200, done("mine"))).isInstanceOf(Finished.Closed.class);
    assertThat(texts(job)).containsExactly("mine", "hello");
  }

  @Test
  void finishIsWrittenOnceAndAnsweredTheSameToItsOwnRun() {
    RecordedJob first = given.asked(given.alice, "hello");
    RecordedJob second = given.asked(given.alice, "and then?");
    given.record.begin(first.id(), 1);

    Finished.Closed closed = closed(given.record.finish(first.id(), 1, done("world")));
    assertThat(closed.ending().state()).isEqualTo(JobState.COMPLETED);
    assertThat(closed.ending().usage()).isEqualTo(USAGE);
    assertThat(closed.ending().message()).isPresent();
    assertThat(closed.next().orElseThrow().id()).isEqualTo(second.id());
    assertThat(closed.next().orElseThrow().state()).isEqualTo(JobState.READY);

    assertThat(given.record.finish(first.id(), 1, done("another"))).isEqualTo(closed);
    given.record.sent(List.of(second.id()));
    assertThat(closed(given.record.finish(first.id(), 1, done("world"))).next()).isEmpty();
    assertThat(given.record.finish(first.id(), 2, done("zombie"))).isEqualTo(new Finished.Fenced());
    assertThat(texts(first.id())).containsExactly("world", "and then?", "hello");
  }

  @Test
  void jobThatFinishedIsShownAgainInsteadOfRun() {
    UUID job = given.asked(given.alice, "hello").id();
    given.record.begin(job, 1);
    Ending ending = closed(given.record.finish(job, 1, done("world"))).ending();

    assertThat(given.record.begin(job, 2)).isEqualTo(new Begun.Closed("world", ending));
    assertThat(given.record.closed(given.alice, job)).contains(new Begun.Closed("world", ending));
    assertThat(given.record.closed(given.bob, job)).isEmpty();
  }

  @Test
  void answerWithoutTextWritesNoMessage() {
    UUID job = given.asked(given.alice, "hello").id();
    given.record.begin(job, 1);

    Ending ending = closed(given.record.finish(job, 1, failed("upstream_rejected", ""))).ending();
    assertThat(ending)
        .isEqualTo(new Ending(JobState.DEAD, "upstream_rejected", Optional.empty(), Usage.NONE));
    assertThat(texts(job)).containsExactly("hello");
    assertThat(given.record.closed(given.alice, job)).contains(new Begun.Closed("", ending));
  }

  @Test
  void jobThatEndedInTheQueueIsClosedOnceAndLetsTheNextGo() {
    RecordedJob first = given.asked(given.alice, "hello");
    RecordedJob second = given.asked(given.alice, "and then?");
    given.record.begin(first.id(), 7);

    Finished.Closed closed =
        closed(given.record.closeEnded(first.id(), failed("crashed", "so far")));
    assertThat(closed.ending().code()).isEqualTo("crashed");
    assertThat(closed.next().orElseThrow().id()).isEqualTo(second.id());
    assertThat(given.record.closeEnded(first.id(), cancelled("other"))).isEqualTo(closed);
    assertThat(given.record.finish(first.id(), 7, done("zombie"))).isEqualTo(new Finished.Fenced());
    assertThat(texts(first.id())).containsExactly("so far", "and then?", "hello");
  }

  @Test
  void endingOfAJobWithoutARowIsWhatTheQueueSays() {
    UUID nobodys = UUID.randomUUID();
    assertThat(closed(given.record.closeEnded(nobodys, failed("expired", "text"))).ending())
        .isEqualTo(new Ending(JobState.DEAD, "expired", Optional.empty(), Usage.NONE));
    assertThat(given.record.finish(nobodys, 1, done(""))).isEqualTo(new Finished.Fenced());
    assertThat(given.record.begin(nobodys, 1)).isInstanceOf(Begun.Closed.class);
    assertThatThrownBy(
            () -> given.record.finish(nobodys, 1, new Answer(JobState.RUNNING, "", "", Usage.NONE)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void jobThatIsToBeStoppedIsFinishedAsCancelledByItsRun() {
    UUID job = given.asked(given.alice, "hello").id();
    assertThat(given.record.cancel(given.alice, job)).isTrue();
    assertThat(given.record.begin(job, 5)).isEqualTo(new Begun.CancelAsked());
    assertThat(given.record.begin(job, 5)).isEqualTo(new Begun.CancelAsked());

    Finished.Closed closed = closed(given.record.finish(job, 5, cancelled("")));
    assertThat(closed.ending().state()).isEqualTo(JobState.CANCELLED);
    assertThat(given.record.cancel(given.alice, job)).isTrue();
  }

  @Test
  void cancelOfAHeldJobClosesItAtOnce() {
    RecordedJob first = given.asked(given.alice, "first");
    RecordedJob second = given.asked(given.alice, "second");
    RecordedJob third = given.asked(given.alice, "third");

    assertThat(given.record.cancel(given.bob, second.id())).isFalse();
    assertThat(given.record.cancel(given.alice, second.id())).isTrue();
    assertThat(given.state(second)).isEqualTo(JobState.CANCELLED);
    assertThat(given.record.closed(given.alice, second.id())).isPresent();
    assertThat(given.record.cancel(given.alice, UUID.randomUUID())).isFalse();

    assertThat(given.answered(first, 1, "one").orElseThrow().id()).isEqualTo(third.id());
  }

  @Test
  void heldJobsGoOneByOneInTheOrderOfTheirAcceptance() {
    RecordedJob first = given.asked(given.alice, "first");
    RecordedJob second = given.asked(given.alice, "second");
    RecordedJob third = given.asked(given.alice, "third");

    assertThat(given.answered(first, 1, "one")).map(RecordedJob::id).contains(second.id());
    assertThat(given.state(third)).isEqualTo(JobState.HELD);
    assertThat(given.answered(second, 1, "two")).map(RecordedJob::id).contains(third.id());
    assertThat(given.answered(third, 1, "three")).isEmpty();
  }

  @Test
  void oneOfManyRunsThatFinishAtATimeWritesTheAnswer() throws Exception {
    UUID job = given.asked(given.alice, "hello").id();
    given.record.begin(job, 1);
    List<Callable<Finished>> calls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      calls.add(() -> given.record.finish(job, 1, done("mine")));
      calls.add(() -> given.record.closeEnded(job, failed("crashed", "theirs")));
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var each : threads.invokeAll(calls)) {
        each.get();
      }
    }
    assertThat(texts(job)).hasSize(2);
  }

  @Test
  void historyIsQuestionsWithTheirAnswersInTheOrderOfAsking() {
    RecordedJob first = given.asked(given.alice, "q1");
    RecordedJob second = given.asked(given.alice, "q2");
    given.answered(first, 1, "a1");
    given.answered(second, 1, "a2");
    RecordedJob refused = given.asked(given.alice, "forbidden words");
    given.record.begin(refused.id(), 1);
    given.record.finish(refused.id(), 1, failed("content_filtered", "partial"));
    RecordedJob stopped = given.asked(given.alice, "q3");
    given.record.begin(stopped.id(), 1);
    given.record.finish(stopped.id(), 1, cancelled("a3, in part"));
    RecordedJob silent = given.asked(given.alice, "stopped before a word");
    given.record.begin(silent.id(), 1);
    given.record.finish(silent.id(), 1, cancelled(""));
    RecordedJob now = given.asked(given.alice, "q4");
    given.asked(given.alice, "later");

    List<Message> history = given.record.history(given.alice, now.id(), new Window(99, 1_000));
    assertThat(history)
        .extracting(Message::text)
        .containsExactly("q1", "a1", "q2", "a2", "q3", "a3, in part");
    assertThat(history)
        .extracting(Message::role)
        .containsExactly("user", "assistant", "user", "assistant", "user", "assistant");
    assertThat(given.record.history(given.alice, now.id(), new Window(3, 1_000)))
        .extracting(Message::text)
        .containsExactly("q3", "a3, in part");
    assertThat(given.record.history(given.bob, now.id(), new Window(99, 1_000))).isEmpty();
  }

  @Test
  void messagesComeInPagesNewestFirstAndToTheirOwnerOnly() {
    RecordedJob first = given.asked(given.alice, "q1");
    given.answered(first, 1, "a1");
    given.answered(given.asked(given.alice, "q2"), 1, "a2");
    UUID conversation = first.conversation();

    List<Message> page =
        given.record.messages(given.alice, conversation, Optional.empty(), 3).orElseThrow();
    assertThat(page).extracting(Message::text).containsExactly("a2", "q2", "a1");
    assertThat(page).extracting(Message::state).containsOnly(JobState.COMPLETED);
    assertThat(
            given
                .record
                .messages(given.alice, conversation, Optional.of(page.get(2).id()), 3)
                .orElseThrow())
        .extracting(Message::text)
        .containsExactly("q1");
    assertThat(given.record.messages(given.bob, conversation, Optional.empty(), 3)).isEmpty();
    assertThat(given.record.job(given.bob, first.id())).isEmpty();
  }

  @Test
  void jobThatFailedBeginsANewLifeWithANewLog() {
    RecordedJob first = given.asked(given.alice, "hello");
    given.record.sent(List.of(first.id()));
    given.record.begin(first.id(), 50);
    assertThat(given.record.reopen(first.id())).isEmpty();
    given.record.finish(first.id(), 50, failed("upstream_timeout", "so f"));

    RecordedJob again = given.record.reopen(first.id()).orElseThrow();
    assertThat(again.life()).isEqualTo(2);
    assertThat(again.state()).isEqualTo(JobState.READY);
    assertThat(again.log()).isNotEqualTo(first.log());
    assertThat(given.record.begin(first.id(), 50)).isEqualTo(new Begun.Overtaken(51));
    assertThat(given.record.begin(first.id(), 40)).isEqualTo(new Begun.Overtaken(51));
    given.record.begin(first.id(), 60);
    given.record.finish(first.id(), 60, done("so far, so good"));
    assertThat(given.record.closed(given.alice, first.id()).orElseThrow().text())
        .isEqualTo("so far, so good");
    assertThat(
            given.record.history(
                given.alice, given.asked(given.alice, "next").id(), new Window(9, 1_000)))
        .extracting(Message::text)
        .containsExactly("hello", "so far, so good");
  }

  @Test
  void runOfALifeThatIsOverCannotEndTheNextOne() {
    UUID job = given.asked(given.alice, "hello").id();
    given.record.begin(job, 50);
    given.record.closeEnded(job, failed("crashed", ""));
    given.record.reopen(job);

    assertThat(given.record.finish(job, 50, done("late"))).isEqualTo(new Finished.Fenced());
    assertThat(given.record.begin(job, 60)).isEqualTo(new Begun.Open());
    assertThat(closed(given.record.finish(job, 60, done("in time"))).ending().state())
        .isEqualTo(JobState.COMPLETED);
    assertThat(texts(job)).containsExactly("in time", "hello");
  }

  @Test
  void characterThatNoRowCanKeepDoesNotSpoilAnEnd() {
    UUID job = given.asked(given.alice, "hello").id();
    given.record.begin(job, 1);
    Usage odd = new Usage("gpt\0x", "st\0op", 1, 2, 0, 0, false, 0, 0, 0);

    Ending ending =
        closed(given.record.finish(job, 1, new Answer(JobState.DEAD, "co\0de", "a\0b", odd)))
            .ending();
    assertThat(ending.code()).isEqualTo("code");
    assertThat(ending.usage().model()).isEqualTo("gptx");
    assertThat(ending.usage().finish()).isEqualTo("stop");
    UUID other = given.asked(given.alice, "again").id();
    given.record.spent(other, 1, odd);
  }

  @Test
  void whatTheDatabaseRefusesForGoodIsToldFromWhatPasses() {
    UUID job = given.asked(given.alice, "hello").id();
    given.record.begin(job, 1);
    given.scope.inTransaction(
        "guard",
        session ->
            session.update(
                "alter table public.messages add constraint polite check (content <> 'rude')"));

    assertThatThrownBy(() -> given.record.finish(job, 1, done("rude")))
        .isInstanceOf(RecordRefusedException.class)
        .hasMessageContaining("polite");
    assertThat(closed(given.record.finish(job, 1, done("kind"))).ending().state())
        .isEqualTo(JobState.COMPLETED);
    given.scope.inTransaction(
        "rename", session -> session.update("alter table grizz.jobs rename to moved"));
    assertThatThrownBy(() -> given.record.finish(job, 1, done("kind")))
        .as("a table may come yet")
        .isInstanceOf(RecordUnavailableException.class);
  }

  @Test
  void jobThatFailedIsHeldAgainWhileItsConversationIsBusy() {
    RecordedJob first = given.asked(given.alice, "hello");
    given.record.begin(first.id(), 1);
    given.record.finish(first.id(), 1, failed("internal", ""));
    RecordedJob second = given.asked(given.alice, "anyway");

    assertThat(given.record.reopen(first.id()).orElseThrow().state()).isEqualTo(JobState.HELD);
    assertThat(given.answered(second, 1, "yes")).map(RecordedJob::id).contains(first.id());
  }

  private List<String> texts(UUID job) {
    UUID conversation = given.record.job(given.alice, job).orElseThrow().conversation();
    return given
        .record
        .messages(given.alice, conversation, Optional.empty(), 99)
        .orElseThrow()
        .stream()
        .map(Message::text)
        .toList();
  }

  private static Finished.Closed closed(Finished finished) {
    assertThat(finished).isInstanceOf(Finished.Closed.class);
    return (Finished.Closed) finished;
  }
}
