package io.grizz.postgres;

import static io.grizz.postgres.RecordFixture.cancelled;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.JobState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the loop is given that makes record and queue agree, and when. */
@ExtendWith(TestPostgres.class)
class ClaimsTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final RecordFixture given;

  ClaimsTest(TestPostgres.Server server) {
    this.given = new RecordFixture(server);
  }

  @AfterEach
  void close() {
    given.close();
  }

  @Test
  void unsentJobIsClaimedAfterTwoSecondsByOneForAMinute() {
    RecordedJob job = given.asked(given.alice, "first");
    RecordedJob held = given.asked(given.alice, "held");

    given.pass(Duration.ofMillis(1_999));
    assertThat(given.record.claimUnsent(9)).isEmpty();
    given.pass(Duration.ofMillis(1));
    assertThat(given.record.claimUnsent(9)).containsExactly(job);
    assertThat(given.record.claimUnsent(9)).isEmpty();
    given.pass(MINUTE);
    assertThat(given.record.claimUnsent(9)).containsExactly(job);
    given.record.sent(List.of(job.id()));
    given.pass(MINUTE);
    assertThat(given.record.claimUnsent(9)).isEmpty();
    assertThat(given.state(held)).isEqualTo(JobState.HELD);
  }

  @Test
  void jobThatWasLetGoIsItsReleasersToSendForTwoSeconds() {
    RecordedJob first = given.asked(given.alice, "first");
    given.asked(given.alice, "second");
    given.record.sent(List.of(first.id()));
    given.pass(MINUTE);
    RecordedJob next = given.answered(first, 1, "one").orElseThrow();

    assertThat(given.record.claimUnsent(9)).isEmpty();
    given.pass(Duration.ofSeconds(2));
    assertThat(given.record.claimUnsent(9)).containsExactly(next);
  }

  @Test
  void manyClaimantsGetEachJobOnce() throws Exception {
    for (int i = 0; i < 20; i++) {
      given.asked(UUID.randomUUID(), "hello");
    }
    given.pass(MINUTE);
    List<UUID> claimed = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<List<RecordedJob>> claim = () -> given.record.claimUnsent(5);
      for (var each : threads.invokeAll(List.of(claim, claim, claim, claim, claim, claim))) {
        each.get().forEach(it -> claimed.add(it.id()));
      }
    }
    given.record.claimUnsent(20).forEach(it -> claimed.add(it.id()));
    assertThat(claimed).hasSize(20).doesNotHaveDuplicates();
  }

  @Test
  void jobThatTheQueueHadLongAgoIsComparedEachMinuteAndGetsANewLog() {
    RecordedJob job = given.asked(given.alice, "first");
    given.record.sent(List.of(job.id()));

    given.pass(Duration.ofSeconds(59));
    assertThat(given.record.claimLost(MINUTE, 9)).isEmpty();
    given.pass(Duration.ofSeconds(1));
    assertThat(given.record.claimLost(MINUTE, 9)).containsExactly(job);
    assertThat(given.record.claimLost(MINUTE, 9)).isEmpty();
    assertThat(given.record.relog(job, "newlog01")).isTrue();
    assertThat(given.record.relog(job, "newlog01")).as("a repeat").isTrue();
    assertThat(given.record.relog(job, "newlog02")).as("by somebody who came late").isFalse();
    given.pass(MINUTE);
    assertThat(given.record.claimLost(MINUTE, 9))
        .extracting(RecordedJob::log)
        .containsExactly("newlog01");
    given.record.begin(job.id(), 1);
    given.record.finish(job.id(), 1, cancelled(""));
    RecordedJob ended = given.record.job(given.alice, job.id()).orElseThrow();
    assertThat(given.record.relog(ended, "newlog03")).as("ended meanwhile").isFalse();
    given.pass(MINUTE);
    assertThat(given.record.claimLost(MINUTE, 9)).isEmpty();
  }

  @Test
  void wishToStopIsToldAgainEveryTenSecondsUntilTheJobEnds() {
    RecordedJob job = given.asked(given.alice, "first");
    assertThat(given.record.claimCancels(9)).isEmpty();
    given.record.cancel(given.alice, job.id());

    assertThat(given.record.claimCancels(9)).containsExactly(job.id());
    assertThat(given.record.claimCancels(9)).isEmpty();
    given.pass(Duration.ofSeconds(10));
    assertThat(given.record.claimCancels(9)).containsExactly(job.id());
    given.record.closeEnded(job.id(), cancelled(""));
    given.pass(Duration.ofSeconds(10));
    assertThat(given.record.claimCancels(9)).isEmpty();
  }

  @Test
  void heldJobWhoseConversationIsFreeIsReleasedTheOldestFirst() {
    RecordedJob first = given.asked(given.alice, "first");
    RecordedJob second = given.asked(given.alice, "second");
    RecordedJob third = given.asked(given.alice, "third");
    assertThat(given.record.releaseHeld(9)).isEmpty();

    // A row that somebody else removed takes no next one along.
    given.scope.inTransaction(
        "remove", session -> session.update("delete from grizz.jobs where id = ?", first.id()));
    assertThat(given.record.releaseHeld(9))
        .extracting(RecordedJob::id)
        .containsExactly(second.id());
    assertThat(given.record.releaseHeld(9)).isEmpty();
    assertThat(given.state(second)).isEqualTo(JobState.READY);
    assertThat(given.state(third)).isEqualTo(JobState.HELD);
  }
}
