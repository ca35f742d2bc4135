package io.grizz.api;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Consumer.Event;
import io.grizz.api.DeadLetters.Filter;
import io.grizz.api.DeadLetters.Page;
import io.grizz.api.Settlement.DeadLetter;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every {@link JobQueue} does with many jobs at once, with times, and with dead letters. */
public abstract class DeadLetterContract extends QueueFixture {

  @Test
  void manyJobsAreEnqueuedInTheirOrderEachByItself() {
    List<Job> jobs =
        Stream.generate(() -> Job.of(UUID.randomUUID(), "greet", "{}")).limit(22).toList();
    List<Job> twice = new ArrayList<>(jobs.subList(0, 3));
    twice.addAll(jobs);

    List<Receipt> receipts = queue.enqueueAll(twice);
    assertThat(receipts).hasSize(25);
    assertThat(receipts.subList(0, 3)).allMatch(Receipt.Accepted.class::isInstance);
    assertThat(receipts.subList(3, 6)).allMatch(Receipt.Duplicate.class::isInstance);
    assertThat(receipts.subList(6, 23)).allMatch(Receipt.Accepted.class::isInstance);
    assertThat(receipts.subList(23, 25)).allMatch(Receipt.Overloaded.class::isInstance);
    assertThat(worker.take(20, NONE).leases())
        .extracting(lease -> lease.job().id())
        .containsExactlyElementsOf(jobs.subList(0, 20).stream().map(Job::id).toList());
    assertThat(queue.enqueueAll(List.of())).isEmpty();
  }

  @Test
  void jobThatTheRecordKnowsToBeFinishedIsNoDeadLetter() {
    List<Job> jobs =
        Stream.of("log1", "log2")
            .map(log -> new Job.Output(Optional.of(log), true))
            .map(output -> Job.of(UUID.randomUUID(), "greet", "{}").with(output))
            .toList();
    queue.enqueueAll(jobs);
    for (Lease lease : worker.take(2, NONE).leases()) {
      worker.settle(lease, new DeadLetter("crashed"), Optional.empty());
    }
    UUID finished = jobs.get(0).id();
    UUID failed = jobs.get(1).id();
    Reconciliation desk = queue.reconciliation();
    desk.close(finished, JobState.COMPLETED, new Event(3, "{}"));
    desk.close(failed, JobState.DEAD, new Event(3, "{}"));

    assertThat(queue.deadLetters().list(Filter.ALL, Optional.empty(), 9).items())
        .extracting(JobView::id)
        .containsExactly(failed);
    assertThat(queue.deadLetters().show(finished)).isEmpty();
    assertThat(queue.stats().dead()).isEqualTo(1);
    assertThat(queue.find(finished).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
    assertThat(queue.find(failed).orElseThrow().state()).isEqualTo(JobState.DEAD);
  }

  @Test
  void timesOfAJobAreKept() {
    Job job = enqueued("greet");
    assertThat(view(job).times().startedAt()).isEmpty();
    pass(ofMillis(20));
    Lease lease = only(worker.take(1, NONE));
    worker.settle(lease, new Settlement.Complete(""), Optional.empty());

    JobTimes times = view(job).times();
    assertThat(times.startedAt().orElseThrow()).isAfter(times.enqueuedAt());
    assertThat(times.endedAt().orElseThrow()).isAfterOrEqualTo(times.startedAt().orElseThrow());
    assertThat(times.dueAt()).isEmpty();
  }

  @Test
  void oldestThatWaitsIsKnown() {
    assertThat(queue.stats().oldestWaiting()).isZero();
    enqueued(Priority.LOW);
    pass(ofMillis(100));
    enqueued(Priority.HIGH);
    assertThat(queue.stats().oldestWaiting()).isGreaterThanOrEqualTo(ofMillis(100));
    assertThat(worker.take(2, NONE).leases()).hasSize(2);
    assertThat(queue.stats().oldestWaiting()).isZero();
  }

  @Test
  void deadLettersAreListedByPageTheLatestFirst() {
    List<UUID> dead = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      Job job = enqueued(i == 3 ? "other" : "greet");
      give("no_model: nothing there");
      dead.addFirst(job.id());
      pass(ofMillis(2));
    }
    DeadLetters letters = queue.deadLetters();
    List<UUID> listed = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      Page page = letters.list(Filter.ALL, cursor, 3);
      page.items().forEach(view -> listed.add(view.id()));
      cursor = page.next();
    } while (cursor.isPresent());

    assertThat(listed).containsExactlyElementsOf(dead);
    Filter others = new Filter(Optional.of("other"), Optional.of("no_model"));
    assertThat(letters.list(others, Optional.empty(), 10).items())
        .extracting(JobView::id)
        .containsExactly(dead.get(3));
    Filter crashed = new Filter(Optional.empty(), Optional.of("crashed"));
    assertThat(letters.list(crashed, Optional.empty(), 10).items()).isEmpty();
  }

  @Test
  void requeuedJobLivesAnew() {
    String payload = "\"" + "x".repeat(10_000) + "\"";
    Job job = Job.of(UUID.randomUUID(), "greet", payload).with(Job.Output.streaming("log1"));
    queue.enqueue(job);
    Lease first = give("no_model");

    assertThat(queue.deadLetters().requeue(job.id())).isTrue();
    assertThat(queue.deadLetters().requeue(job.id())).isFalse();
    assertThat(view(job).counters()).isEqualTo(Counters.NONE);
    assertThat(view(job).times().endedAt()).isEmpty();
    OutputPage page = queue.output(job.id(), 0).orElseThrow();
    assertThat(page.log()).isNotEqualTo("log1");
    assertThat(page.seq()).isEqualTo(1);

    Lease second = only(worker.take(1, NONE));
    assertThat(second.job().payload()).isEqualTo(payload);
    assertThat(second.epoch()).isGreaterThan(first.epoch());
    assertThat(worker.settle(first, new Settlement.Complete(""), Optional.empty()))
        .isEqualTo(Settled.FENCED);
    worker.settle(second, new Settlement.Complete("1"), Optional.of(new Event(2, "{}")));
    assertThat(view(job).state()).isEqualTo(JobState.COMPLETED);
    assertThat(queue.stats().dead()).isZero();
  }

  @Test
  void deletedDeadLetterIsForgotten() {
    Job job = enqueued("greet");
    assertThat(queue.deadLetters().delete(job.id())).isFalse();
    give("no_model");
    assertThat(queue.deadLetters().delete(job.id())).isTrue();
    assertThat(queue.deadLetters().delete(job.id())).isFalse();
    assertThat(queue.find(job.id())).isEmpty();
    assertThat(queue.deadLetters().requeue(job.id())).isFalse();
  }

  @Test
  void endThatTheQueueWritesHasACodeOfTheProtocol_andSaysWhetherTryingAgainHelps() {
    List<String> reasons =
        List.of(
            "attempts_spent: x",
            "upstream_timeout",
            "budget_exceeded later",
            "crashed",
            "upstream_rejected: no",
            "content_filtered",
            "no_model",
            "unknown_type: dance",
            "expired_in_transit",
            "What is this?",
            "\"}",
            "");
    for (String reason : reasons) {
      Job job = streaming();
      give(reason);
      String frame = queue.output(job.id(), 1).orElseThrow().frames().getLast();
      Fields end = Json.fields(frame);
      assertThat(end.text("code")).as(frame).contains(FailureCode.of(reason));
      assertThat(end.object().path("retryable").isBoolean()).as(frame).isTrue();
      assertThat(end.object().path("retryable").asBoolean())
          .as(frame)
          .isEqualTo(FailureCode.retryable(FailureCode.of(reason)));
      queue.deadLetters().delete(job.id());
    }
  }

  private Lease give(String reason) {
    Lease lease = only(worker.take(1, NONE));
    assertThat(worker.settle(lease, new DeadLetter(reason), Optional.empty()))
        .isEqualTo(Settled.SETTLED);
    return lease;
  }
}
