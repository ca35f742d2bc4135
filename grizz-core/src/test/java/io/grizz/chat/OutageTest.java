package io.grizz.chat;

import static io.grizz.chat.ChatFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grizz.api.ChatRecord.Acceptance.Accepted;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.Counters;
import io.grizz.api.JobState;
import io.grizz.postgres.RecordConfig;
import io.grizz.postgres.TestPostgres;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Redis or Postgres, away for a while under load: nothing is lost, and nobody is to blame. */
@ExtendWith(TestPostgres.class)
class OutageTest {

  private static final Duration SHORT = Duration.ofSeconds(2);
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int BEFORE = 100;

  private final CountDownLatch goOn = new CountDownLatch(1);
  private ChatFixture chats;

  @BeforeEach
  void open(TestPostgres.Server postgres) {
    chats = new ChatFixture(postgres);
    chats.model.otherwise((request, sink) -> {
      sink.text("answer to ");
      if (request.messages().getLast().content().startsWith("wait")) {
        goOn.await();
      }
      sink.text(request.messages().getLast().content());
    });
  }

  @AfterEach
  void close() {
    goOn.countDown();
    chats.close();
  }

  @Test
  void messagesAreAcceptedWhileRedisIsAwayAndAnsweredAfterwards() {
    redisIsAwayFor(SHORT);
  }

  @Test
  void withoutRedisAsManyAreAcceptedAsTheBacklogHoldsAndMoreWhenItIsBack() {
    Chat small = chats.chatWith(RecordConfig.DEFAULTS.withBacklog(3));
    chats.redis.kill();
    for (int i = 0; i < 3; i++) {
      assertThat(small.send(message("go " + i)).orElseThrow()).isInstanceOf(Accepted.class);
    }
    assertThatThrownBy(() -> small.send(message("one too many")))
        .isInstanceOf(RecordUnavailableException.class)
        .hasMessageContaining("record.backlog");

    chats.redis.start();
    chats.pass(Duration.ofSeconds(3));
    soon()
        .untilAsserted(() -> {
          chats.repair.round();
          assertThat(small.send(message("room again")).orElseThrow()).isInstanceOf(Accepted.class);
        });
    assertThat(chats.queue.stats().waiting()).isGreaterThanOrEqualTo(4);
  }

  @Tag("chaos")
  @Test
  void redisIsAwayForHalfAMinute() {
    redisIsAwayFor(LONG);
  }

  @Test
  void answersThatRunWhilePostgresIsAwayAreRecordedAfterwards(TestPostgres.Server postgres) {
    postgresIsAwayFor(SHORT, postgres);
  }

  @Tag("chaos")
  @Test
  void postgresIsAwayForHalfAMinute(TestPostgres.Server postgres) {
    postgresIsAwayFor(LONG, postgres);
  }

  private void redisIsAwayFor(Duration time) {
    chats.startWorker();
    List<RecordedJob> jobs = new ArrayList<>();
    for (int i = 0; i < BEFORE; i++) {
      jobs.add(send(i % 4 == 0 ? "wait " + i : "go " + i));
    }
    chats.redis.kill();
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end && jobs.size() < RecordConfig.DEFAULTS.backlog() / 2) {
      jobs.add(send("while it was away, " + jobs.size()));
    }
    assertThat(jobs.size()).as("messages are accepted").isGreaterThan(BEFORE);
    pass(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    chats.redis.start();
    goOn.countDown();
    chats.pass(Duration.ofSeconds(3));
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(() -> repaired(jobs));

    for (RecordedJob job : jobs) {
      var closed = chats.record.closed(job.user(), job.id()).orElseThrow();
      assertThat(closed.ending().state()).isEqualTo(JobState.COMPLETED);
      assertThat(closed.text()).startsWith("answer to ");
      // why only then: what ended just before the kill may be forgotten since, as it is over
      chats
          .queue
          .find(job.id())
          .ifPresent(it -> {
            Counters counters = it.counters();
            assertThat(counters.crashes()).isZero();
            assertThat(counters.attempts()).isZero();
          });
    }
    assertThat(chats.queue.stats().dead()).isZero();
    assertThat(answersPerJob()).containsOnly(1);
  }

  private void postgresIsAwayFor(Duration time, TestPostgres.Server postgres) {
    chats.startWorker();
    List<RecordedJob> running = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      running.add(send("wait " + i));
    }
    running.forEach(job -> chats.awaitShown(job, "answer to "));
    postgres.kill();
    try {
      goOn.countDown();
      long end = System.nanoTime() + time.toNanos();
      do {
        assertThatThrownBy(() -> send("too early")).isInstanceOf(RecordUnavailableException.class);
      } while (System.nanoTime() < end);
      running.forEach(job -> assertThat(chats.shown(job)).startsWith("answer to wait"));
    } finally {
      postgres.start();
    }
    soon().untilAsserted(() -> assertThat(send("again").id()).isNotNull());

    for (RecordedJob job : running) {
      soon().until(() -> chats.record.closed(job.user(), job.id()).isPresent());
      var closed = chats.record.closed(job.user(), job.id()).orElseThrow();
      assertThat(closed.ending().state()).isEqualTo(JobState.COMPLETED);
      assertThat(closed.text()).isEqualTo(chats.shown(job));
    }
    soon().until(() -> answersPerJob().size() >= running.size() + 1);
    assertThat(answersPerJob()).containsOnly(1);
    assertThat(chats.model.calls().stream().filter(it -> asked(it).startsWith("wait")))
        .as("no answer was paid for twice")
        .hasSize(running.size());
  }

  private boolean repaired(List<RecordedJob> jobs) {
    chats.repairAll();
    return jobs.stream().allMatch(job -> chats.record.closed(job.user(), job.id()).isPresent());
  }

  private RecordedJob send(String text) {
    return chats.send(message(text));
  }

  private static ChatMessage message(String text) {
    return new ChatMessage(
        UUID.randomUUID(),
        Optional.empty(),
        ZoneOffset.UTC,
        UUID.randomUUID(),
        text,
        OnBusy.ENQUEUE,
        "{}");
  }

  private static String asked(io.grizz.model.ChatRequest request) {
    return request.messages().getLast().content();
  }

  /** Nothing but time is waited for. */
  private static void pass(Duration time) {
    await().atMost(time.plusSeconds(10)).pollDelay(time).until(() -> true);
  }

  private List<Integer> answersPerJob() {
    return chats.scope.read(
        "answers",
        session ->
            session.query(
                """
                select count(*) as n from public.messages where role = 'assistant' group by job_id
                """,
                row -> row.integer("n")));
  }
}
