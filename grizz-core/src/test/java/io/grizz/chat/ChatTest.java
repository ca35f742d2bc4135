package io.grizz.chat;

import static io.grizz.chat.ChatFixture.soon;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.DeadLetters;
import io.grizz.api.Erasure;
import io.grizz.api.Job;
import io.grizz.api.JobState;
import io.grizz.api.Ledger;
import io.grizz.model.ScriptedModel;
import io.grizz.postgres.RecordConfig;
import io.grizz.postgres.RecordConfig.PerUser;
import io.grizz.postgres.TestPostgres;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.Jedis;

/** What answers cost, how a user is forgotten, and how a failed job is tried again. */
@ExtendWith(TestPostgres.class)
class ChatTest {

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
  void costIsThatOfThePriceListAndCallsThatFailedAreEstimated() {
    chats.model.then(sink -> {
      sink.text("12345678");
      throw ScriptedModel.unavailable();
    });
    chats.model.then("right");
    chats.startWorker();
    RecordedJob job = chats.send("Hello");

    long told = (12 - 5) + 1 + 4 * 34;
    assertThat(chats.ended(job).ending().usage().costMicros()).isEqualTo(told);
    List<Ledger.Day> days = days();
    assertThat(days).hasSize(1);
    int asked = ("Be kind.".length() + "Hello".length() + 3) / 4;
    assertThat(days.getFirst().runs()).isEqualTo(2);
    assertThat(days.getFirst().estimated()).isEqualTo(1);
    assertThat(days.getFirst().costMicros()).isEqualTo(told + asked + 2 * 4);
  }

  @Test
  void callThatTheProviderRefusedCostsNothing() {
    chats.model.then(sink -> {
      throw ScriptedModel.contextTooLong();
    });
    chats.startWorker();
    chats.ended(chats.send("Hello"));

    assertThat(days()).isEmpty();
  }

  @Test
  void messageIsQuotedByItsOwnModelAndLength() {
    Chat bounded =
        chats.chatWith(
            RecordConfig.DEFAULTS.withUser(
                new PerUser(9, Optional.empty(), Optional.of(100L * 8 + 210 * 2))));

    assertThat(bounded.send(chats.message("Hello", "{\"model\":\"m-1\"}")))
        .get()
        .isInstanceOf(Acceptance.Accepted.class);
    assertThat(bounded.send(chats.message("Hello")))
        .get()
        .isInstanceOf(Acceptance.OverBudget.class);
    assertThat(chats.queue.stats().waiting()).as("a refusal keeps no place").isEqualTo(1);
  }

  @Test
  void imagesGoToTheModelWithTheMessageTheyCameWith() {
    chats.model.then("A cat.");
    chats.model.then("Gladly.");
    chats.startWorker();
    RecordedJob first =
        chats.send(
            chats.message(
                "What is this?",
                "{\"files\":[{\"url\":\"https://f.example/1.png\",\"mime\":\"image/png\"}]}"));
    chats.ended(first);
    chats.ended(chats.send("Tell me more"));

    assertThat(chats.model.calls().get(0).messages().getLast().images())
        .containsExactly("https://f.example/1.png");
    assertThat(chats.model.calls().get(1).messages())
        .allSatisfy(each -> assertThat(each.images()).isEmpty());
    assertThat(chats.asked(1)).contains("user: What is this?", "assistant: A cat.");
  }

  @Test
  void nothingOfAForgottenUserIsLeftAnywhere() {
    chats.model.then("a secret");
    chats.model.then(sink -> {
      sink.text("half of a secret");
      goOn.await();
    });
    chats.startWorker();
    chats.ended(chats.send("first secret"));
    RecordedJob running = chats.send("second secret");
    chats.awaitShown(running, "half of a secret");
    chats.send("third secret");
    UUID unrecorded = UUID.randomUUID();
    chats.queue.enqueue(
        Job.of(unrecorded, "unknown", "{\"secret\":1}")
            .with(Job.Sender.ANONYMOUS.withUser(chats.user)));

    chats.chat.forget(new Erasure.Scope(chats.user, Optional.empty()));
    goOn.countDown();

    assertThat(chats.record.conversations(chats.user, Optional.empty(), 9)).isEmpty();
    assertThat(days()).isEmpty();
    soon().until(() -> chats.queue.stats().running() == 0);
    chats.pass(ofMinutes(2));
    chats.repair.round();
    assertThat(keysWith(running.id())).isEmpty();
    assertThat(chats.queue.find(running.id())).isEmpty();
  }

  @Test
  void deadLettersOfAForgottenUserGoToo() {
    RecordedJob dead = failed();
    assertThat(chats.queue.deadLetters().list(DeadLetters.Filter.ALL, Optional.empty(), 9).items())
        .hasSize(1);

    chats.chat.forget(new Erasure.Scope(chats.user, Optional.empty()));
    assertThat(chats.queue.deadLetters().list(DeadLetters.Filter.ALL, Optional.empty(), 9).items())
        .isEmpty();
    assertThat(keysWith(dead.id())).isEmpty();
  }

  @Test
  void failedJobIsTriedAgainInANewLifeAndAnsweredOnce() {
    RecordedJob job = failed();
    chats.model.then("at last");

    assertThat(chats.chat.requeue(job.id())).isEqualTo(Chat.Requeued.NEW_LIFE);
    soon()
        .until(() ->
            chats.record.job(chats.user, job.id()).orElseThrow().state() == JobState.COMPLETED
                && !chats.ends(job).isEmpty());
    Begun.Closed closed = chats.record.closed(chats.user, job.id()).orElseThrow();
    assertThat(closed.text()).isEqualTo("at last").isEqualTo(chats.shown(job));
    assertThat(chats.kinds(job)).containsOnlyOnce("done").doesNotContain("failed");
    assertThat(chats.queue.find(job.id()).orElseThrow().counters().attempts()).isZero();
    assertThat(chats.queue.stats().dead()).isZero();
    assertThat(chats.chat.requeue(job.id())).isEqualTo(Chat.Requeued.NOT_FAILED);
  }

  @Test
  void failedJobIsNotTriedAgainBeforeReadersKnowThatItFailed() {
    chats.model.then(sink -> {
      throw ScriptedModel.unavailable();
    });
    chats.model.then(sink -> {
      throw ScriptedModel.unavailable();
    });
    chats.startWorker();
    RecordedJob job = chats.send("Hello");
    soon().until(() -> chats.queue.find(job.id()).orElseThrow().state() == JobState.DEAD);

    assertThat(chats.chat.requeue(job.id())).isEqualTo(Chat.Requeued.STILL_ENDING);
    assertThat(chats.record.job(chats.user, job.id()).orElseThrow().life()).isEqualTo(1);
    chats.repair.round();
    chats.model.then("at last");
    assertThat(chats.chat.requeue(job.id())).isEqualTo(Chat.Requeued.NEW_LIFE);
  }

  @Test
  void newLifeThatTheQueueWasNotToldOfIsEnqueuedByRepair() {
    RecordedJob job = failed();
    assertThat(chats.record.reopen(job.id())).isPresent();
    chats.model.then("at last");
    chats.pass(ofMinutes(1));
    chats.repair.round();

    soon().until(() -> chats.record.closed(chats.user, job.id()).isPresent());
    assertThat(chats.record.closed(chats.user, job.id()).orElseThrow().text()).isEqualTo("at last");
  }

  @Test
  void jobsThatEndedLongAgoAreTrimmedWithTheirDeadLetters() {
    RecordedJob dead = failed();
    chats.pass(ofDays(31));
    chats.turnAgain("repair-trim");
    chats.repair.round();

    assertThat(chats.record.job(chats.user, dead.id())).isEmpty();
    assertThat(chats.queue.stats().dead()).isZero();
    assertThat(chats.conversation(dead)).containsExactly("user: Hello");
  }

  @Test
  void whatWasUsedIsKeptForLongerThanItsJob() {
    chats.model.then("answer");
    chats.startWorker();
    RecordedJob job = chats.send("Hello");
    chats.ended(job);

    chats.pass(ofDays(31));
    chats.turnAgain("repair-trim");
    chats.repair.round();
    assertThat(chats.record.job(chats.user, job.id())).isEmpty();
    assertThat(used()).isEqualTo(1);

    chats.pass(ofDays(400));
    chats.turnAgain("repair-trim");
    chats.repair.round();
    assertThat(used()).isZero();
  }

  private int used() {
    return chats.scope.read(
        "used",
        session -> session.one("select count(*) as n from grizz.usage", row -> row.integer("n")));
  }

  /** A job that spent its attempts, and whose readers know. */
  private RecordedJob failed() {
    for (int i = 0; i < 2; i++) {
      chats.model.then(sink -> {
        throw ScriptedModel.unavailable();
      });
    }
    chats.startWorker();
    RecordedJob job = chats.send("Hello");
    assertThat(chats.endedByRepair(job).ending().state()).isEqualTo(JobState.DEAD);
    return job;
  }

  private List<Ledger.Day> days() {
    LocalDate today = LocalDate.ofInstant(chats.now(), ZoneOffset.UTC);
    return chats.record.ledger().days(Optional.of(chats.user), today, today, 9);
  }

  private List<String> keysWith(UUID job) {
    try (Jedis redis = new Jedis(chats.redis.uri())) {
      return redis.keys("*" + job + "*").stream().toList();
    }
  }
}
