package io.grizz.postgres;

import static io.grizz.postgres.RecordFixture.in;
import static io.grizz.postgres.RecordFixture.message;
import static io.grizz.postgres.RecordFixture.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.Conversation;
import io.grizz.api.ChatRecord.Message;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ConfigException;
import io.grizz.api.Job;
import io.grizz.api.JobState;
import io.grizz.json.Json;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of a message, and into which conversation it goes. */
@ExtendWith(TestPostgres.class)
class AcceptTest {

  private final TestPostgres.Server server;
  private final RecordFixture given;

  AcceptTest(TestPostgres.Server server) {
    this.server = server;
    this.given = new RecordFixture(server);
  }

  @AfterEach
  void close() {
    given.close();
  }

  @Test
  void firstMessageMakesItsConversationAndAJobThatMayRun() {
    ChatMessage message =
        new ChatMessage(
            given.alice,
            Optional.empty(),
            ZoneOffset.UTC,
            UUID.randomUUID(),
            "What\0 is \uD83D\uDC3B?",
            OnBusy.REJECT,
            "{\"opts\":{\"temperature\":0.2}}");

    RecordedJob job = given.accepted(message);

    assertThat(job.state()).isEqualTo(JobState.READY);
    assertThat(job.user()).isEqualTo(given.alice);
    assertThat(job.life()).isEqualTo(1);
    assertThat(job.log()).matches("[a-z0-9]{8}");
    assertThat(Json.tree(job.payload()))
        .isEqualTo(
            Json.tree(
                "{\"conversation\":\""
                    + job.conversation()
                    + "\",\"text\":\"What\\u0000 is \uD83D\uDC3B?\","
                    + "\"request\":{\"opts\":{\"temperature\":0.2}}}"));
    assertThat(given.record.job(given.alice, job.id())).contains(job);
    List<Message> messages =
        given.record.messages(given.alice, job.conversation(), Optional.empty(), 9).orElseThrow();
    assertThat(messages).extracting(Message::text).containsExactly("What is \uD83D\uDC3B?");
    assertThat(messages).extracting(Message::job).containsExactly(Optional.of(job.id()));
  }

  @Test
  void sameMessageAgainIsADuplicateAndAnotherUnderItsKeyAConflict() {
    ChatMessage message = message(given.alice, "hello");
    RecordedJob job = given.accepted(message);

    assertThat(given.record.accept(message)).isEqualTo(new Acceptance.Duplicate(job));
    assertThat(given.record.accept(with(message, OnBusy.REJECT)))
        .isEqualTo(new Acceptance.Duplicate(job));
    ChatMessage other =
        new ChatMessage(
            given.alice,
            Optional.empty(),
            ZoneOffset.UTC,
            message.key(),
            "goodbye",
            OnBusy.ENQUEUE,
            "{}");
    assertThat(given.record.accept(other)).isEqualTo(new Acceptance.Conflict(job.id()));
    ChatMessage bobs =
        new ChatMessage(
            given.bob,
            Optional.empty(),
            ZoneOffset.UTC,
            message.key(),
            "hello",
            OnBusy.ENQUEUE,
            "{}");
    assertThat(given.accepted(bobs).id()).isNotEqualTo(job.id());
  }

  @Test
  void twentyAcceptsOfOneMessageAtATimeMakeOneJob() throws Exception {
    ChatMessage message = message(given.alice, "hello");
    List<Acceptance> answers = atOnce(20, () -> given.record.accept(message));

    assertThat(answers).filteredOn(it -> it instanceof Acceptance.Accepted).hasSize(1);
    assertThat(answers).filteredOn(it -> it instanceof Acceptance.Duplicate).hasSize(19);
    assertThat(
            answers.stream()
                .map(it ->
                    it instanceof Acceptance.Duplicate duplicate
                        ? duplicate.job().id()
                        : ((Acceptance.Accepted) it).job().id())
                .distinct())
        .hasSize(1);
  }

  @Test
  void busyConversationHoldsRefusesOrInterrupts() {
    RecordedJob first = given.asked(given.alice, "first");

    assertThat(given.asked(given.alice, "second").state()).isEqualTo(JobState.HELD);
    assertThat(given.record.accept(with(message(given.alice, "third"), OnBusy.REJECT)))
        .isEqualTo(new Acceptance.Busy(first.id()));
    assertThat(given.record.job(given.alice, first.id()).orElseThrow().cancelAsked()).isFalse();

    Acceptance interrupting =
        given.record.accept(with(message(given.alice, "fourth"), OnBusy.INTERRUPT));
    assertThat(interrupting)
        .isInstanceOfSatisfying(
            Acceptance.Accepted.class,
            it -> {
              assertThat(it.interrupted()).contains(first.id());
              assertThat(it.job().state()).isEqualTo(JobState.HELD);
            });
    assertThat(given.record.job(given.alice, first.id()).orElseThrow().cancelAsked()).isTrue();
  }

  @Test
  void interruptOfAnIdleConversationJustGoes() {
    assertThat(given.record.accept(with(message(given.alice, "first"), OnBusy.INTERRUPT)))
        .isInstanceOfSatisfying(
            Acceptance.Accepted.class,
            it -> {
              assertThat(it.interrupted()).isEmpty();
              assertThat(it.job().state()).isEqualTo(JobState.READY);
            });
  }

  @Test
  void userHasNoMoreOpenJobsThanAllowedHoweverManyComeAtOnce() throws Exception {
    List<Acceptance> answers = atOnce(12, () -> given.record.accept(message(given.alice, "hello")));

    assertThat(answers).filteredOn(it -> it instanceof Acceptance.Accepted).hasSize(3);
    assertThat(answers).contains(new Acceptance.TooMany(3));
    assertThat(answers).filteredOn(it -> it instanceof Acceptance.TooMany).hasSize(9);
    given.asked(given.bob, "another's count is another's");
  }

  @Test
  void conversationsOfOthersAndOfNobodyAreNotWrittenTo() {
    UUID bobs = given.asked(given.bob, "mine").conversation();

    assertThat(given.record.accept(in(message(given.alice, "hello"), bobs)))
        .isEqualTo(new Acceptance.Forbidden());
    assertThat(given.record.accept(in(message(given.alice, "hello"), UUID.randomUUID())))
        .isEqualTo(new Acceptance.NoConversation());
    assertThat(given.record.conversations(given.alice, Optional.empty(), 9)).isEmpty();
    assertThat(given.accepted(in(message(given.bob, "again"), bobs)).state())
        .isEqualTo(JobState.HELD);
  }

  @Test
  void backlogOfJobsThatTheQueueLacksIsBoundedExactly() throws Exception {
    try (RecordFixture small =
        new RecordFixture(server, RecordConfig.DEFAULTS.withBacklog(5).withInFlight(9))) {
      List<Object> answers =
          atOnce(
              16,
              () -> {
                try {
                  return small.record.accept(message(UUID.randomUUID(), "hello"));
                } catch (RecordUnavailableException e) {
                  return e.getMessage();
                }
              });
      assertThat(answers).filteredOn(it -> it instanceof Acceptance.Accepted).hasSize(5);
      assertThat(answers)
          .filteredOn(it -> it instanceof String)
          .hasSize(11)
          .allMatch(it -> it.toString().contains("record.backlog"));

      RecordedJob any =
          ((Acceptance.Accepted)
                  answers.stream()
                      .filter(it -> it instanceof Acceptance.Accepted)
                      .findFirst()
                      .orElseThrow())
              .job();
      assertThat(small.asked(any.user(), "held ones wait anyway").state()).isEqualTo(JobState.HELD);
      small.record.sent(List.of(any.id()));
      small.asked(small.bob, "room again");
    }
  }

  @Test
  void dayIsTheUsersOwn() throws Exception {
    Instant lateInLondon = Instant.parse("2026-03-04T23:30:00Z");
    Conversation london = given.record.today(given.alice, ZoneOffset.UTC, lateInLondon);
    Conversation tokyo = given.record.today(given.alice, ZoneId.of("Asia/Tokyo"), lateInLondon);

    assertThat(london.day()).isEqualTo(LocalDate.of(2026, 3, 4));
    assertThat(tokyo.day()).isEqualTo(LocalDate.of(2026, 3, 5));
    assertThat(tokyo.zone()).isEqualTo(ZoneId.of("Asia/Tokyo"));
    assertThat(tokyo.id()).isNotEqualTo(london.id());
    assertThat(london.title()).isEmpty();

    List<UUID> same =
        atOnce(12, () -> given.record.today(given.bob, ZoneOffset.UTC, lateInLondon).id());
    assertThat(same.stream().distinct()).hasSize(1);
  }

  @Test
  void messageWithoutAConversationGoesIntoTheDayOfItsZone() {
    ZoneId auckland = ZoneId.of("Pacific/Auckland");
    RecordedJob job = given.accepted(in(message(given.alice, "kia ora"), auckland));
    Conversation day = given.record.today(given.alice, auckland, given.now());

    assertThat(day.day()).isEqualTo(LocalDate.of(2026, 3, 5));
    assertThat(job.conversation()).isEqualTo(day.id());
  }

  @Test
  void conversationsComeInPagesNewestFirst() {
    for (int day = 1; day <= 5; day++) {
      given.record.today(
          given.alice, ZoneOffset.UTC, Instant.parse("2026-03-0" + day + "T12:00:00Z"));
    }
    given.record.today(given.bob, ZoneOffset.UTC, given.now());

    List<Conversation> all = new ArrayList<>();
    Optional<Instant> before = Optional.empty();
    for (int page = 0; page < 3; page++) {
      List<Conversation> some = given.record.conversations(given.alice, before, 2);
      all.addAll(some);
      before = Optional.of(some.get(some.size() - 1).createdAt());
    }
    assertThat(all).extracting(it -> it.day().getDayOfMonth()).containsExactly(5, 4, 3, 2, 1);
    assertThat(given.record.conversations(given.alice, before, 2)).isEmpty();
  }

  @Test
  void messageLargerThanAJobMayBeIsNotAccepted() {
    String text = "x".repeat(Job.PAYLOAD_LIMIT);
    assertThatThrownBy(() -> given.asked(given.alice, text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("job.payload");
    assertThat(given.record.conversations(given.alice, Optional.empty(), 9)).isEmpty();
    assertThat(given.record.claimUnsent(9)).isEmpty();
  }

  @Test
  void databaseThatIsAwayIsSaidToBe() {
    given.scope.close();
    assertThatThrownBy(() -> given.asked(given.alice, "hello"))
        .isInstanceOf(RecordUnavailableException.class);
  }

  private static <T> List<T> atOnce(int times, Callable<T> call) throws Exception {
    List<T> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var each : threads.invokeAll(Collections.nCopies(times, call))) {
        answers.add(each.get());
      }
    }
    return answers;
  }
}
