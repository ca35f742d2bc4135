package io.grizz.postgres;

import static io.grizz.postgres.RecordFixture.in;
import static io.grizz.postgres.RecordFixture.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.ChatRecord.Attachment;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.Conversation;
import io.grizz.api.ChatRecord.Message;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Window;
import io.grizz.api.Erasure;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Conversations that people make, what is kept of them, and how they go. */
@ExtendWith(TestPostgres.class)
class ConversationsTest {

  private static final ZoneId TOKYO = ZoneId.of("Asia/Tokyo");

  private final RecordFixture given;

  ConversationsTest(TestPostgres.Server server) {
    this.given = new RecordFixture(server);
  }

  @AfterEach
  void close() {
    given.close();
  }

  @Test
  void userHasAsManyConversationsInADayAsTheyMake() {
    Conversation trip = given.record.open(given.alice, "A trip", TOKYO, given.now());
    Conversation other = given.record.open(given.alice, "", TOKYO, given.now());
    Conversation day = given.record.today(given.alice, TOKYO, given.now());

    assertThat(trip.title()).isEqualTo("A trip");
    assertThat(trip.zone()).isEqualTo(TOKYO);
    assertThat(given.record.conversations(given.alice, Optional.empty(), 9))
        .containsExactly(day, other, trip);
    assertThat(given.record.conversations(given.bob, Optional.empty(), 9)).isEmpty();
  }

  @Test
  void conversationWithoutATitleIsNamedAfterItsFirstMessage() {
    Conversation opened = given.record.open(given.alice, " ", ZoneOffset.UTC, given.now());
    given.accepted(in(message(given.alice, "  Where to go?\nI have a week."), opened.id()));
    given.accepted(in(message(given.alice, "And with whom?"), opened.id()));
    RecordedJob ofTheDay = given.asked(given.alice, "Something else");

    assertThat(title(opened.id())).isEqualTo("Where to go?");
    assertThat(title(ofTheDay.conversation())).isEmpty();
  }

  @Test
  void conversationIsNamedAfterTheFirstMessageThatHasText() {
    Conversation opened = given.record.open(given.alice, "", ZoneOffset.UTC, given.now());
    given.accepted(in(message(given.alice, ""), opened.id()));
    assertThat(title(opened.id())).isEmpty();
    given.accepted(in(message(given.alice, "What is on it?"), opened.id()));
    assertThat(title(opened.id())).isEqualTo("What is on it?");
  }

  @Test
  void titleIsOneLineThatAListCanShow() {
    Conversation opened =
        given.record.open(given.alice, "😀".repeat(60), ZoneOffset.UTC, given.now());
    assertThat(opened.title()).isEqualTo("😀".repeat(39) + "…");
    assertThat(given.record.rename(given.alice, opened.id(), "Better\u0000")).isTrue();
    assertThat(title(opened.id())).isEqualTo("Better");
    assertThat(given.record.rename(given.bob, opened.id(), "Mine")).isFalse();
    assertThat(title(opened.id())).isEqualTo("Better");
  }

  @Test
  void historyFitsItsBudgetAndBeginsWithAQuestion() {
    given.answered(given.asked(given.alice, "1".repeat(10)), 1, "a".repeat(10));
    given.answered(given.asked(given.alice, "2".repeat(10)), 1, "b".repeat(10));
    RecordedJob now = given.asked(given.alice, "now");

    assertThat(texts(now, new Window(9, 40))).hasSize(4);
    assertThat(texts(now, new Window(9, 39))).containsExactly("2".repeat(10), "b".repeat(10));
    assertThat(texts(now, new Window(9, 19))).isEmpty();
    assertThat(texts(now, new Window(0, 99))).isEmpty();
    assertThat(texts(now, new Window(9, 0))).isEmpty();
  }

  @Test
  void attachmentsAreKeptWithTheirMessage() {
    String request =
        """
        {"files":[{"url":"https://files.example/cat.png","mime":"image/png"}]}\
        """;
    ChatMessage it = message(given.alice, "What is this?");
    RecordedJob job =
        given.accepted(
            new ChatMessage(
                it.user(),
                it.conversation(),
                it.zone(),
                it.key(),
                it.text(),
                OnBusy.ENQUEUE,
                request));

    assertThat(messages(job.conversation()))
        .extracting(Message::files)
        .containsExactly(List.of(new Attachment("https://files.example/cat.png", "image/png")));
  }

  @Test
  void jobsAreTrimmedByTheAgeOfTheirEndAndWhatWasSaidStays() {
    RecordedJob answered = given.asked(given.alice, "q1");
    given.answered(answered, 1, "a1");
    RecordedJob silent = given.asked(given.alice, "q2");
    given.record.begin(silent.id(), 1);
    given.record.finish(silent.id(), 1, RecordFixture.failed("crashed", ""));
    RecordedJob open = given.asked(given.alice, "q3");
    var now = java.time.Instant.now();

    var later = now.plus(Duration.ofHours(1));
    assertThat(given.record.old(now.minus(Duration.ofHours(1)), 9)).isEmpty();
    assertThat(given.record.old(later, 1)).containsExactly(answered.id());
    assertThat(given.record.old(later, 9)).containsExactly(answered.id(), silent.id());
    given.record.trim(List.of(silent.id(), open.id()), now.minus(Duration.ofHours(1)));
    assertThat(given.record.old(later, 9)).hasSize(2);
    given.record.trim(List.of(answered.id(), silent.id(), open.id()), later);
    assertThat(given.record.old(later, 9)).isEmpty();
    assertThat(given.record.job(given.alice, answered.id())).isEmpty();
    assertThat(given.record.job(given.alice, open.id())).isPresent();
    assertThat(messages(open.conversation()))
        .extracting(Message::text)
        .containsExactly("q3", "q2", "a1", "q1");
    assertThat(texts(open, new Window(9, 99)))
        .as("a question without an answer is no context")
        .containsExactly("q1", "a1");
  }

  @Test
  void conversationIsErasedWithItsJobsAndNothingElse() {
    Conversation opened = given.record.open(given.alice, "Gone", ZoneOffset.UTC, given.now());
    RecordedJob running = given.accepted(in(message(given.alice, "secret"), opened.id()));
    RecordedJob held = given.accepted(in(message(given.alice, "secret too"), opened.id()));
    RecordedJob stays = given.asked(given.alice, "keep this");
    given.record.begin(running.id(), 1);

    erase(new Erasure.Scope(given.alice, Optional.of(opened.id())));

    assertThat(given.record.messages(given.alice, opened.id(), Optional.empty(), 9)).isEmpty();
    assertThat(given.record.job(given.alice, held.id())).isEmpty();
    assertThat(given.record.finish(running.id(), 1, RecordFixture.done("late")))
        .isInstanceOf(io.grizz.api.ChatRecord.Finished.Fenced.class);
    assertThat(messages(stays.conversation())).hasSize(1);
  }

  @Test
  void nothingOfAUserIsLeftAndNothingOfOthersGone() {
    for (UUID user : List.of(given.alice, given.bob)) {
      given.answered(given.asked(user, "q"), 1, "a");
      given.asked(user, "open");
      given.record.open(user, "empty", ZoneOffset.UTC, given.now());
    }
    erase(new Erasure.Scope(given.alice, Optional.empty()));

    assertThat(rowsOf(given.alice)).isZero();
    assertThat(rowsOf(given.bob)).isEqualTo(2 + 3 + 2 + 1 + 1);
  }

  @Test
  void messageThatComesMeanwhileIsErasedToo() {
    Erasure.Scope scope = new Erasure.Scope(given.alice, Optional.empty());
    Erasure erasure = given.record.erasure();
    given.asked(given.alice, "q");
    erasure.delete(erasure.close(scope, 9));
    RecordedJob late = given.asked(given.alice, "late");

    assertThat(erasure.finish(scope)).isFalse();
    assertThat(erasure.close(scope, 9)).containsExactly(late.id());
    erasure.delete(List.of(late.id()));
    assertThat(erasure.finish(scope)).isTrue();
    assertThat(rowsOf(given.alice)).isZero();
  }

  private void erase(Erasure.Scope scope) {
    Erasure erasure = given.record.erasure();
    for (List<UUID> jobs = erasure.close(scope, 1);
        !jobs.isEmpty();
        jobs = erasure.close(scope, 1)) {
      erasure.delete(jobs);
    }
    assertThat(erasure.finish(scope)).isTrue();
  }

  private long rowsOf(UUID user) {
    return given.scope.read(
        "rows",
        session ->
            session.one(
                """
                select (select count(*) from public.conversations where user_id = ?)
                  + (select count(*) from public.messages where user_id = ?)
                  + (select count(*) from grizz.jobs where user_id = ?)
                  + (select count(*) from grizz.usage where user_id = ?)
                  + (select count(*) from grizz.users where user_id = ?) as n
                """,
                row -> row.number("n"),
                user,
                user,
                user,
                user,
                user));
  }

  private String title(UUID conversation) {
    return given.record.conversations(given.alice, Optional.empty(), 9).stream()
        .filter(it -> it.id().equals(conversation))
        .findFirst()
        .orElseThrow()
        .title();
  }

  private List<Message> messages(UUID conversation) {
    return given.record.messages(given.alice, conversation, Optional.empty(), 99).orElseThrow();
  }

  private List<String> texts(RecordedJob job, Window most) {
    return given.record.history(given.alice, job.id(), most).stream().map(Message::text).toList();
  }
}
