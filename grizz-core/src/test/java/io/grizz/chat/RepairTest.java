package io.grizz.chat;

import static io.grizz.chat.ChatFixture.field;
import static io.grizz.chat.ChatFixture.soon;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Answer;
import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.JobState;
import io.grizz.api.Outcome;
import io.grizz.model.ScriptedModel;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.RecordConfig;
import io.grizz.postgres.SessionScope;
import io.grizz.postgres.TestPostgres;
import java.net.URI;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.Jedis;

/** How record and queue come to agree again after one of them was away, or forgot. */
@ExtendWith(TestPostgres.class)
class RepairTest {

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
  void messageIsAcceptedWithoutRedisAndEnqueuedOnceWhenItIsBack() {
    chats.redis.kill();
    RecordedJob job = chats.send("Hello");
    chats.redis.start();
    soon().until(() -> chats.queue.stats() != null);
    assertThat(chats.queue.find(job.id())).isEmpty();

    chats.repair.round();
    assertThat(chats.queue.find(job.id())).as("still its acceptor's to enqueue").isEmpty();

    chats.pass(ofSeconds(3));
    chats.repair.round();
    chats.repair.round();
    assertThat(chats.queue.stats().waiting()).isEqualTo(1);

    chats.model.then("answer");
    chats.startWorker();
    assertThat(chats.ended(job).text()).isEqualTo("answer");
    chats.pass(ofMinutes(2));
    chats.repair.round();
    assertThat(chats.queue.stats().waiting()).isZero();
    assertThat(chats.model.calls()).hasSize(1);
  }

  @Test
  void nothingIsHalfAcceptedWithoutPostgres() {
    URI nowhere = URI.create("postgresql://grizz:grizz@127.0.0.1:1/grizz");
    try (SessionScope away =
        SessionScope.open(PostgresConfig.at(nowhere).withPatience(ofSeconds(1)))) {
      Chat chat = new Chat(chats.recordIn(away), chats.queue, ChatFixture.CHATS);

      assertThatThrownBy(() -> chat.send(chats.message("Hello")))
          .isInstanceOf(RecordUnavailableException.class);
    }

    assertThat(chats.queue.stats().waiting()).isZero();
    chats.model.then("answer");
    chats.startWorker();
    assertThat(chats.ended(chats.send("Hello again")).text()).isEqualTo("answer");
  }

  @Test
  void waitingJobThatAFlushedQueueForgotIsEnqueuedAgainAndAnsweredOnce() {
    RecordedJob job = chats.send("Hello");
    flush();
    chats.pass(ofSeconds(61));
    chats.repair.round();
    chats.model.then("answer");
    chats.startWorker();

    assertThat(chats.ended(job).text()).isEqualTo("answer").isEqualTo(chats.shown(job));
    assertThat(chats.ends(job)).hasSize(1);
    assertThat(chats.model.calls()).hasSize(1);
    assertThat(chats.conversation(job)).containsExactly("user: Hello", "assistant: answer");
  }

  @Test
  void runningJobThatAFlushedQueueForgotIsAnsweredOnceUnderANewLog() {
    chats.model.then(sink -> {
      sink.text("lost");
      goOn.await();
      sink.text(", and late");
    });
    chats.model.then("answer");
    chats.startWorker();
    RecordedJob job = chats.send("Hello");
    chats.awaitShown(job, "lost");
    chats.awaitNoted(job);
    flush();
    chats.pass(ofSeconds(61));
    chats.repair.round();
    goOn.countDown();

    Begun.Closed closed = chats.ended(job);
    assertThat(closed.text()).isEqualTo("answer").isEqualTo(chats.shown(job));
    assertThat(chats.ends(job)).hasSize(1);
    assertThat(chats.queue.output(job.id(), 0).orElseThrow().log()).isNotEqualTo(job.log());
    assertThat(chats.conversation(job)).containsExactly("user: Hello", "assistant: answer");
  }

  @Test
  void heldJobStaysHeldThroughAFlush() {
    RecordedJob first = chats.send("first question");
    RecordedJob second = chats.send("second question");
    flush();
    chats.pass(ofSeconds(61));
    chats.repair.round();
    assertThat(chats.queue.find(second.id())).isEmpty();
    chats.model.then("first answer");
    chats.model.then("second answer");
    chats.startWorker();

    assertThat(chats.ended(second).text()).isEqualTo("second answer");
    assertThat(chats.conversation(first))
        .containsExactly(
            "user: first question",
            "user: second question",
            "assistant: first answer",
            "assistant: second answer");
  }

  @Test
  void wishToStopThatRedisMissedIsToldLater() {
    RecordedJob job = chats.send("Hello");
    chats.redis.kill();
    assertThat(chats.chat.cancel(chats.user, job.id())).isTrue();
    chats.redis.start();
    soon()
        .until(() -> {
          chats.pass(ofSeconds(61));
          chats.repair.round();
          return !chats.ends(job).isEmpty();
        });

    Begun.Closed closed = chats.record.closed(chats.user, job.id()).orElseThrow();
    assertThat(closed.ending().state()).isEqualTo(JobState.CANCELLED);
    assertThat(field(chats.ends(job).getFirst(), "t")).isEqualTo("cancelled");
    assertThat(chats.ends(job)).hasSize(1);
  }

  @Test
  void jobThatFinishesWhileItIsComparedIsNotRunAgain() {
    chats.model.then(sink -> goOn.await());
    chats.startWorker();
    RecordedJob job = chats.send("Hello");
    chats.awaitNoted(job);
    chats.pass(ofSeconds(61));
    ChatRecord finishing =
        Between.at(
            ChatRecord.class,
            chats.record,
            "claimLost",
            (call, args) -> {
              Object claimed = call.call();
              goOn.countDown();
              chats.ended(job);
              return claimed;
            });
    chats.repairOf(finishing).round();

    assertThat(chats.queue.stats().waiting() + chats.queue.stats().running()).isZero();
    assertThat(chats.queue.output(job.id(), 0).orElseThrow().log()).isEqualTo(job.log());
    assertThat(chats.ends(job)).hasSize(1);
    assertThat(chats.model.calls()).hasSize(1);
  }

  @Test
  void jobThatCannotBeRepairedKeepsNoOtherFromIt() {
    RecordedJob bad = chats.send("bad");
    RecordedJob good = send(UUID.randomUUID());
    RecordedJob unwanted = send(UUID.randomUUID());
    chats.queue.cancel(bad.id());
    chats.queue.cancel(good.id());
    chats.record.cancel(unwanted.user(), unwanted.id());
    ChatRecord refusing =
        Between.at(
            ChatRecord.class,
            chats.record,
            "closeEnded",
            (call, args) -> {
              if (args[0].equals(bad.id())) {
                throw new IllegalStateException("cannot be closed");
              }
              return call.call();
            });
    chats.repairOf(refusing).round();

    assertThat(chats.ends(good)).hasSize(1);
    assertThat(chats.ends(bad)).isEmpty();
    assertThat(chats.queue.find(unwanted.id()).orElseThrow().state()).isEqualTo(JobState.CANCELLED);
    chats.turnAgain("repair");
    chats.repair.round();
    assertThat(chats.ends(bad)).hasSize(1);
  }

  @Test
  void deadLetterIsForgottenBeforeItsRowSoThatNoneOutlivesIt() {
    chats.model.then(sink -> {
      throw ScriptedModel.contextTooLong();
    });
    chats.startWorker();
    RecordedJob job = chats.send("Hello");
    chats.ended(job);
    assertThat(chats.queue.stats().dead()).isEqualTo(1);
    chats.pass(RecordConfig.DEFAULTS.keep().jobs().plusDays(1));
    AtomicLong letters = new AtomicLong(-1);
    ChatRecord watched =
        Between.at(
            ChatRecord.class,
            chats.record,
            "trim",
            (call, args) -> {
              letters.set(chats.queue.stats().dead());
              return call.call();
            });
    chats.repairOf(watched).round();

    assertThat(letters).hasValue(0);
    assertThat(chats.record.job(chats.user, job.id())).isEmpty();
  }

  @Test
  void jobThatDiedBetweenItsEndInTheRecordAndThatInTheQueueIsNoDeadLetter() {
    RecordedJob job = chats.send("Hello");
    chats.record.begin(job.id(), 7);
    chats.record.finish(job.id(), 7, new Answer(JobState.COMPLETED, "", "answer", Usage.NONE));
    chats.startWorker(context -> new Outcome.Reject("crashed"));
    Begun.Closed closed = chats.endedByRepair(job);

    assertThat(closed.ending().state()).isEqualTo(JobState.COMPLETED);
    assertThat(field(chats.ends(job).getFirst(), "t")).isEqualTo("done");
    assertThat(chats.queue.stats().dead()).isZero();
    assertThat(chats.queue.find(job.id()).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
  }

  private RecordedJob send(UUID user) {
    return chats.send(
        new ChatMessage(
            user,
            Optional.empty(),
            ZoneOffset.UTC,
            UUID.randomUUID(),
            "Hello",
            OnBusy.ENQUEUE,
            "{}"));
  }

  @Test
  void loopRepairsByItselfAndEndsWhenItIsClosed() {
    chats.redis.kill();
    RecordedJob job = chats.send("Hello");
    chats.pass(ofSeconds(3));
    chats.repair.start();
    chats.redis.start();

    soon().until(() -> chats.queue.find(job.id()).isPresent());
    chats.repair.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("grizz-repair");
  }

  private void flush() {
    try (Jedis redis = new Jedis(chats.redis.uri())) {
      redis.flushAll();
    }
  }
}
