package io.grizz.api;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.Consumer.Tended;
import io.grizz.api.DeadLetters.Filter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every {@link JobQueue} does about deadlines, leaving workers and what is over. */
public abstract class UpkeepContract extends QueueFixture {

  @Test
  void runThatReachedItsDeadlineEndsAsExpired() {
    enqueued("greet");
    Lease lease = only(worker.take(1, NONE));
    assertThat(worker.settle(lease, new Settlement.Expire("expired"), Optional.empty()))
        .isEqualTo(Settled.SETTLED);
    assertThat(view(lease.job()).state()).isEqualTo(JobState.EXPIRED);
    assertThat(view(lease.job()).reason()).contains("expired");
    assertThat(worker.settle(lease, new Settlement.Expire("expired"), Optional.empty()))
        .isEqualTo(Settled.SETTLED);
  }

  @Test
  void leaseTellsTheDeadlineInTheStoresTime() {
    enqueued("greet");
    Consumer.Taken taken = worker.take(1, NONE);
    Instant deadline = only(taken).job().schedule().expiresAt().orElseThrow();
    assertThat(deadline).isBetween(taken.at().plus(ofHours(23)), taken.at().plus(ofHours(24)));
  }

  @Test
  void jobOfAnUnknownTypeWaitsUntilItsDeadlineAndIsThenGivenUpOn() {
    Job job = expiringIn(400);
    Lease lease = only(worker.take(1, NONE));
    worker.settle(lease, new Settlement.Snooze(ofMillis(50), "unknown_type: x"), Optional.empty());
    assertThat(view(job).state()).isEqualTo(JobState.SCHEDULED);
    pass(ofMillis(500));
    assertThat(worker.tend()).isEqualTo(new Tended(0, 0, 1));
    assertThat(view(job).state()).isEqualTo(JobState.DEAD);
    assertThat(view(job).reason()).contains("unknown_type: x");

    Job late = expiringIn(10_000);
    Lease second = only(worker.take(1, NONE));
    worker.settle(second, new Settlement.Snooze(ofHours(1), "unknown_type: x"), Optional.empty());
    assertThat(view(late).state()).isEqualTo(JobState.DEAD);
    assertThat(view(late).counters().snoozes()).isEqualTo(1);
  }

  @Test
  void jobWhoseDeadlineHasPassedIsAcceptedAndExpires() {
    Job job =
        Job.of(UUID.randomUUID(), "greet", "{}")
            .with(new Job.Schedule(Optional.empty(), Optional.of(Instant.now().minusSeconds(60))));
    assertThat(queue.enqueue(job)).isInstanceOf(Receipt.Accepted.class);
    assertThat(worker.take(1, NONE).leases()).isEmpty();
    assertThat(view(job).state()).isEqualTo(JobState.EXPIRED);
  }

  @Test
  void jobWhoseTimeHasPassedMayRunAtOnce() {
    Job job =
        Job.of(UUID.randomUUID(), "greet", "{}")
            .with(Job.Schedule.at(Instant.now().minusSeconds(60)));
    queue.enqueue(job);
    assertThat(only(worker.take(1, NONE)).job().id()).isEqualTo(job.id());
  }

  @Test
  void workerThatLeavesGivesBackWhatItHoldsAtNoCost() {
    Job first = enqueued("greet");
    Job second = enqueued("greet");
    Lease lease = worker.take(2, NONE).leases().getFirst();

    assertThat(worker.leave()).isEqualTo(2);
    assertThat(worker.leave()).isZero();
    assertThat(worker.settle(lease, new Settlement.Complete(""), Optional.empty()))
        .isEqualTo(Settled.FENCED);
    assertThat(view(first).counters()).isEqualTo(new Counters(0, 0, 0, 1));
    assertThat(other.take(2, NONE).leases())
        .extracting(it -> it.job().id())
        .containsExactly(first.id(), second.id());
  }

  @Test
  void deadLettersAreBoundedAndWhatIsDroppedIsCounted() {
    List<UUID> dead = new ArrayList<>();
    for (int i = 0; i < DEAD_LETTERS + 3; i++) {
      dead.add(enqueued("greet").id());
      worker.settle(
          only(worker.take(1, NONE)), new Settlement.DeadLetter("no_model"), Optional.empty());
      pass(ofMillis(2));
    }
    assertThat(queue.stats().dead()).isEqualTo(DEAD_LETTERS + 3);

    QueueStats stats = worker.clear().orElseThrow();
    assertThat(stats.dead()).isEqualTo(DEAD_LETTERS);
    assertThat(stats.overflow()).isEqualTo(3);
    assertThat(dead.subList(0, 3)).noneMatch(id -> queue.find(id).isPresent());
    assertThat(queue.find(dead.get(3))).isPresent();
  }

  @Test
  void endedJobsAreBoundedAndTheFirstToEndAreForgotten() {
    List<UUID> over = new ArrayList<>();
    for (int i = 0; i < ENDED_JOBS; i++) {
      over.add(completed(Job.of(UUID.randomUUID(), "greet", "{}")));
    }
    Job recorded =
        Job.of(UUID.randomUUID(), "greet", "{}").with(new Job.Output(Optional.of("log1"), true));
    over.add(completed(recorded));
    enqueued("greet");
    worker.settle(only(worker.take(1, NONE)), new Settlement.DeadLetter("bad"), Optional.empty());
    assertThat(over).allMatch(id -> queue.find(id).isPresent());

    queue.reconciliation().close(recorded.id(), JobState.COMPLETED, new Consumer.Event(2, "{}"));
    worker.clear();
    assertThat(queue.find(over.getFirst())).isEmpty();
    assertThat(over.subList(1, over.size())).allMatch(id -> queue.find(id).isPresent());
    assertThat(queue.stats().dead()).isEqualTo(1);
  }

  @Test
  void keyOfAJobThatIsForgottenStillTellsHowItEnded() {
    Job.Sender sender = Job.Sender.ANONYMOUS.withUser(UUID.randomUUID());
    Job cancelled = Job.of(UUID.randomUUID(), "greet", "{}").with(sender.withKey("cancelled"));
    queue.enqueue(cancelled);
    queue.cancel(cancelled.id());
    Job dead = Job.of(UUID.randomUUID(), "greet", "{}").with(sender.withKey("dead"));
    queue.enqueue(dead);
    worker.settle(only(worker.take(1, NONE)), new Settlement.DeadLetter("bad"), Optional.empty());
    queue.deadLetters().delete(dead.id());
    for (int i = 0; i < ENDED_JOBS; i++) {
      completed(Job.of(UUID.randomUUID(), "greet", "{}"));
    }
    worker.clear();
    assertThat(queue.find(cancelled.id())).isEmpty();
    assertThat(queue.find(dead.id())).isEmpty();

    assertThat(again(cancelled))
        .isEqualTo(new Receipt.Duplicate(cancelled.id(), JobState.CANCELLED));
    assertThat(again(dead)).isEqualTo(new Receipt.Duplicate(dead.id(), JobState.DEAD));
  }

  /** The same request once more, as another job. */
  private Receipt again(Job job) {
    return queue.enqueue(Job.of(UUID.randomUUID(), "greet", "{}").with(job.sender()));
  }

  @Test
  void logThatRanOutIsNone_whileItsJobIsStillKnown() {
    QueueConfig.Retention brief =
        new QueueConfig.Retention(
            ofHours(24), ofHours(1), ofMillis(100), ofHours(24), DEAD_LETTERS, ENDED_JOBS);
    QueueConfig config =
        QueueConfig.named("brief" + UUID.randomUUID().toString().substring(0, 8))
            .withRetention(brief);
    Job kept = Job.of(UUID.randomUUID(), "greet", "{}").with(Job.Output.streaming("log1"));
    Job done = Job.of(UUID.randomUUID(), "greet", "{}").with(Job.Output.streaming("log1"));
    Job dead = Job.of(UUID.randomUUID(), "greet", "{}").with(Job.Output.streaming("log1"));
    try (JobQueue lines = open(config);
        Consumer one = lines.join("worker-1")) {
      for (Settlement end :
          List.of(new Settlement.Complete("1"), new Settlement.DeadLetter("bad"))) {
        lines.enqueue(end instanceof Settlement.Complete ? done : dead);
        Lease lease = only(one.take(1, NONE));
        one.emit(lease, new Consumer.Event(2, "{}"));
        one.snapshot(lease, 2, "text");
        one.settle(lease, end, Optional.empty());
      }
      lines.enqueue(kept);
      assertThat(lines.output(done.id(), 0).orElseThrow().frames()).hasSize(1);
      pass(ofMillis(200));
      for (long cursor : new long[] {0, 2, 3, 1_000}) {
        assertThat(lines.output(done.id(), cursor)).isEmpty();
        assertThat(lines.output(dead.id(), cursor)).isEmpty();
      }
      assertThat(lines.find(done.id()).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
      assertThat(lines.find(dead.id()).orElseThrow().state()).isEqualTo(JobState.DEAD);
      assertThat(lines.output(kept.id(), 0).orElseThrow().frames()).hasSize(1);
    }
  }

  private UUID completed(Job job) {
    queue.enqueue(job);
    worker.settle(only(worker.take(1, NONE)), new Settlement.Complete("1"), Optional.empty());
    return job.id();
  }

  @Test
  void deadLettersAreShownAndChangedByFilter() {
    Job job = enqueued("greet");
    Stream.of("other", "other", "other").forEach(this::enqueued);
    for (Lease lease : worker.take(4, NONE).leases()) {
      worker.settle(lease, new Settlement.DeadLetter("no_model: gone"), Optional.empty());
    }
    DeadLetters letters = queue.deadLetters();
    assertThat(letters.show(job.id()).orElseThrow().payload()).isEqualTo(job.payload());
    assertThat(letters.show(job.id()).orElseThrow().job()).isEqualTo(view(job));
    assertThat(letters.show(UUID.randomUUID())).isEmpty();

    Filter others = new Filter(Optional.of("other"), Optional.of("no_model"));
    assertThat(letters.deleteAll(new Filter(Optional.of("nothing"), Optional.empty()))).isZero();
    assertThat(letters.requeueAll(others)).isEqualTo(3);
    assertThat(queue.stats().waiting()).isEqualTo(3);
    assertThat(queue.stats().dead()).isEqualTo(1);
    assertThat(letters.deleteAll(Filter.ALL)).isEqualTo(1);
    assertThat(queue.find(job.id())).isEmpty();
    assertThat(letters.show(job.id())).isEmpty();
  }

  @Test
  void manyLargePayloadsComeInSeveralTakesAndNoneTwice() {
    List<UUID> sent = new ArrayList<>();
    String payload = "\"" + "x".repeat(200_000) + "\"";
    for (int i = 0; i < 15; i++) {
      Job job = Job.of(UUID.randomUUID(), "big", payload);
      queue.enqueue(job);
      sent.add(job.id());
    }
    List<UUID> got = new ArrayList<>();
    worker.take(15, NONE).leases().forEach(lease -> got.add(lease.job().id()));
    assertThat(queue.stats().running()).as("leased and not handed out").isEqualTo(got.size());
    int takes = 0;
    while (got.size() < sent.size() && takes++ < 20) {
      for (Lease lease : worker.take(20 - got.size(), Set.copyOf(got)).leases()) {
        assertThat(lease.job().payload()).isEqualTo(payload);
        got.add(lease.job().id());
      }
    }
    assertThat(got).containsExactlyInAnyOrderElementsOf(sent);
    assertThat(queue.stats().running()).isEqualTo(15);
  }

  @Test
  void waitingIsRightWhateverHappensToWhatWaits() {
    Job cancelled = enqueued("greet");
    enqueued("greet");
    enqueued("greet");
    queue.cancel(cancelled.id());
    assertThat(room()).isEqualTo(18);
    Lease lease = only(worker.take(1, NONE));
    assertThat(room()).isEqualTo(19);
    worker.settle(lease, new Settlement.Retry(ofSeconds(60), "busy"), Optional.empty());
    assertThat(room()).isEqualTo(18);
    Lease next = only(worker.take(1, NONE));
    other.release("worker-1");
    assertThat(room()).isEqualTo(18);
    assertThat(only(worker.take(1, NONE)).job().id()).isEqualTo(next.job().id());
    worker.leave();
    queue.pause(Instant.now().plus(ofHours(1)));
    enqueued("greet");
    assertThat(room()).isEqualTo(17);
    queue.resume();
    pass(ofMillis(100));
    worker.tend();
    assertThat(room()).isEqualTo(17);
  }

  @Test
  void namesOfWorkersKeepTheirRule() {
    assertThatThrownBy(() -> queue.join("a b")).hasMessageContaining("a b");
    assertThatThrownBy(() -> other.release("")).isInstanceOf(IllegalArgumentException.class);
    assertThat(queue.stats().oldestWaiting()).isEqualTo(ZERO);
  }

  /** How many more jobs the queue takes; they are taken back again. */
  private int room() {
    List<Receipt> receipts =
        queue.enqueueAll(
            Stream.generate(() -> Job.of(UUID.randomUUID(), "fill", "{}")).limit(25).toList());
    List<UUID> accepted =
        receipts.stream()
            .filter(Receipt.Accepted.class::isInstance)
            .map(receipt -> ((Receipt.Accepted) receipt).id())
            .toList();
    accepted.forEach(queue::cancel);
    return accepted.size();
  }

  private Job expiringIn(long millis) {
    Job job =
        Job.of(UUID.randomUUID(), "greet", "{}")
            .with(
                new Job.Schedule(
                    Optional.empty(),
                    Optional.of(
                        worker.take(1, Set.of(UUID.randomUUID())).at().plusMillis(millis))));
    queue.enqueue(job);
    return job;
  }
}
