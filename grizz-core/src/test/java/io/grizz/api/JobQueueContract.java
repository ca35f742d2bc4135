package io.grizz.api;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Consumer.Emitted;
import io.grizz.api.Consumer.Event;
import io.grizz.api.Consumer.Reaped;
import io.grizz.api.Settlement.Complete;
import io.grizz.api.Settlement.DeadLetter;
import io.grizz.api.Settlement.Release;
import io.grizz.api.Settlement.Retry;
import io.grizz.api.Settlement.Snooze;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link JobQueue} does, told without knowing which one it is. */
public abstract class JobQueueContract {

  private static final Set<UUID> NONE = Set.of();

  private final QueueConfig config =
      QueueConfig.named("q" + UUID.randomUUID().toString().substring(0, 8)).withCapacity(20, 10);
  private JobQueue queue;
  private Consumer worker;
  private Consumer other;

  /** Opens a queue that nobody else uses. */
  protected abstract JobQueue open(QueueConfig config);

  /** Lets {@code time} pass for the queue. */
  protected abstract void pass(Duration time);

  @BeforeEach
  void openAndTakeOnceSoThatTheBellKnowsTheLanes() {
    queue = open(config);
    worker = queue.join("worker-1");
    other = queue.join("worker-2");
    assertThat(worker.take(1, NONE).leases()).isEmpty();
  }

  @AfterEach
  void close() {
    worker.close();
    other.close();
    queue.close();
  }

  @Test
  void enqueuedJobIsTakenOnceAndCompleted() {
    Job job = enqueued("greet");

    Lease lease = only(worker.take(10, NONE));
    assertThat(lease.job().id()).isEqualTo(job.id());
    assertThat(lease.job().payload()).isEqualTo(job.payload());
    assertThat(lease.attempt()).isEqualTo(1);
    assertThat(other.take(10, NONE).leases()).isEmpty();

    assertThat(worker.settle(lease, new Complete("42"), Optional.empty()))
        .isEqualTo(Settled.SETTLED);
    assertThat(view(job).state()).isEqualTo(JobState.COMPLETED);
    assertThat(view(job).result()).contains("42");
    assertThat(queue.stats()).isEqualTo(new QueueStats(0, 0, 0, 0));
  }

  @Test
  void largePayloadComesBackWhole() {
    String payload = "\"" + "ü".repeat(60_000) + "\"";
    queue.enqueue(Job.of(UUID.randomUUID(), "big", payload));

    assertThat(only(worker.take(1, NONE)).job().payload()).isEqualTo(payload);
  }

  @Test
  void sameIdIsEnqueuedOnce() {
    Job job = enqueued("greet");

    assertThat(queue.enqueue(job)).isEqualTo(new Receipt.Duplicate(job.id(), JobState.READY));
    assertThat(queue.stats().waiting()).isEqualTo(1);
  }

  @Test
  void sameKeyIsAnsweredWithTheFirstJobAndAnotherPayloadIsAConflict() {
    Job.Sender sender = Job.Sender.ANONYMOUS.withUser(UUID.randomUUID()).withKey("k1");
    Job first = Job.of(UUID.randomUUID(), "greet", "1").with(sender);
    queue.enqueue(first);

    assertThat(queue.enqueue(Job.of(UUID.randomUUID(), "greet", "1").with(sender)))
        .isEqualTo(new Receipt.Duplicate(first.id(), JobState.READY));
    assertThat(queue.enqueue(Job.of(UUID.randomUUID(), "greet", "2").with(sender)))
        .isEqualTo(new Receipt.Conflict(first.id()));
    assertThat(
            queue.enqueue(
                Job.of(UUID.randomUUID(), "greet", "2").with(sender.withUser(UUID.randomUUID()))))
        .isInstanceOf(Receipt.Accepted.class);
  }

  @Test
  void capacityIsExactUnderAnyInterleavingOfProducers() throws Exception {
    List<Callable<Receipt>> producers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      producers.add(() -> queue.enqueue(Job.of(UUID.randomUUID(), "greet", "{}")));
    }
    AtomicInteger accepted = new AtomicInteger();
    AtomicInteger pressured = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var receipt : threads.invokeAll(producers)) {
        switch (receipt.get()) {
          case Receipt.Accepted(UUID id, boolean soft) -> {
            accepted.incrementAndGet();
            pressured.addAndGet(soft ? 1 : 0);
          }
          case Receipt.Overloaded(long waiting, Duration retryAfter) -> {
            assertThat(waiting).isEqualTo(20);
            assertThat(retryAfter).isPositive();
          }
          case Receipt.Duplicate d -> throw new AssertionError(d);
          case Receipt.Conflict c -> throw new AssertionError(c);
        }
      }
    }
    assertThat(accepted).hasValue(20);
    assertThat(pressured).hasValue(10);
    assertThat(queue.stats().waiting()).isEqualTo(20);
  }

  @Test
  void higherLanesGoFirstAndTheLowestNeverStarves() {
    Job low = enqueued(Priority.LOW);
    List<UUID> taken = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      enqueued(Priority.HIGH);
      Lease lease = only(worker.take(1, Set.of(UUID.randomUUID())));
      taken.add(lease.job().id());
    }

    assertThat(taken.getFirst()).isNotEqualTo(low.id());
    assertThat(taken).contains(low.id());
  }

  @Test
  void scheduledJobWaitsForItsTime() {
    Job job =
        Job.of(UUID.randomUUID(), "greet", "{}")
            .with(Job.Schedule.at(Instant.now().plus(ofHours(1))));
    queue.enqueue(job);

    assertThat(worker.tend()).isEqualTo(1);
    assertThat(worker.take(1, NONE).leases()).isEmpty();
    assertThat(view(job).state()).isEqualTo(JobState.SCHEDULED);
  }

  @Test
  void retriedJobComesBackAfterItsDelayAsTheNextAttempt() {
    enqueued("greet");
    Lease first = only(worker.take(1, NONE));
    worker.settle(first, new Retry(ofMillis(100), "model busy"), Optional.empty());
    assertThat(queue.stats()).isEqualTo(new QueueStats(0, 0, 1, 0));

    pass(ofMillis(200));
    worker.tend();
    Lease second = only(other.take(1, NONE));
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(second.epoch()).isGreaterThan(first.epoch());
  }

  @Test
  void snoozeAndReleaseCostNoAttempt() {
    enqueued("greet");
    worker.settle(only(worker.take(1, NONE)), new Snooze(ZERO, "rate limit"), Optional.empty());
    pass(ofMillis(100));
    worker.tend();
    worker.settle(only(worker.take(1, NONE)), new Release("deploy"), Optional.empty());

    Lease third = only(worker.take(1, NONE));
    assertThat(third.attempt()).isEqualTo(1);
    assertThat(third.counters()).isEqualTo(new Counters(0, 0, 1, 1));
  }

  @Test
  void releasedJobGoesAheadOfWhatWaits() {
    Job first = enqueued("greet");
    Lease lease = only(worker.take(1, NONE));
    enqueued(Priority.HIGH);
    worker.settle(lease, new Release("deploy"), Optional.empty());

    assertThat(only(other.take(1, NONE)).job().id()).isEqualTo(first.id());
  }

  @Test
  void settlingAgainUnderTheSameLeaseIsAnsweredAsBefore() {
    enqueued("greet");
    Lease lease = only(worker.take(1, NONE));
    worker.settle(lease, new Complete(""), Optional.empty());

    assertThat(worker.settle(lease, new Complete(""), Optional.empty())).isEqualTo(Settled.SETTLED);
  }

  @Test
  void nothingThatALostLeaseWritesShows() {
    Job job = streaming();
    Lease stale = only(worker.take(1, NONE));
    other.release("worker-1");
    Lease fresh = only(other.take(1, NONE));

    assertThat(fresh.epoch()).isGreaterThan(stale.epoch());
    assertThat(worker.settle(stale, new Complete("stale"), Optional.empty()))
        .isEqualTo(Settled.FENCED);
    assertThat(worker.emit(stale, new Event(2, "{}"))).isEqualTo(new Emitted.Fenced());
    assertThat(worker.snapshot(stale, 2, "stale")).isEqualTo(Settled.FENCED);
    assertThat(worker.renew(List.of(stale)).lost()).containsExactly(job.id());
    assertThat(other.renew(List.of(fresh)).lost()).isEmpty();
    assertThat(view(job).state()).isEqualTo(JobState.RUNNING);
  }

  @Test
  void jobThatKillsThreeWorkersIsPoisonAndItsNeighbourIsNot() {
    Job poison = enqueued("poison");
    Job neighbour = enqueued("greet");
    for (int crash = 1; crash <= 2; crash++) {
      assertThat(worker.take(10, NONE).leases()).isNotEmpty();
      other.release("worker-1");
      worker.take(1, NONE).leases().stream()
          .filter(lease -> lease.job().id().equals(neighbour.id()))
          .forEach(lease -> worker.settle(lease, new Complete(""), Optional.empty()));
    }
    Reaped last = other.release("worker-1");
    while (view(poison).state() != JobState.DEAD) {
      worker.take(1, NONE);
      last = other.release("worker-1");
    }

    assertThat(last.poisoned()).isEqualTo(1);
    assertThat(view(poison).reason()).contains("crashed");
    assertThat(view(poison).counters().crashes()).isEqualTo(3);
    assertThat(view(neighbour).counters().crashes()).isLessThan(3);
  }

  @Test
  void suspectStartsAloneInAProcessThatRunsNothing() {
    Job suspect = enqueued("greet");
    for (int crash = 1; crash <= 2; crash++) {
      only(worker.take(1, NONE));
      other.release("worker-1");
    }
    enqueued("greet");

    assertThat(only(other.take(10, Set.of(UUID.randomUUID()))).job().id())
        .isNotEqualTo(suspect.id());
    assertThat(only(worker.take(10, NONE)).job().id()).isEqualTo(suspect.id());
  }

  @Test
  void waitingJobThatIsCancelledNeverStarts() {
    Job job = enqueued("greet");

    assertThat(queue.cancel(job.id())).contains(JobState.CANCELLED);
    assertThat(worker.take(1, NONE).leases()).isEmpty();
    assertThat(queue.cancel(job.id())).contains(JobState.CANCELLED);
    assertThat(queue.cancel(UUID.randomUUID())).isEmpty();
  }

  @Test
  void runningJobThatIsCancelledIsNamedByRenewalAndByEmit() {
    Job job = streaming();
    Lease lease = only(worker.take(1, NONE));

    assertThat(queue.cancel(job.id())).contains(JobState.RUNNING);
    assertThat(worker.renew(List.of(lease)).cancelled()).containsExactly(job.id());
    assertThat(worker.emit(lease, new Event(2, "{}"))).isEqualTo(new Emitted.Written(true));
    worker.settle(lease, new Release("deploy"), Optional.empty());
    assertThat(view(job).state()).isEqualTo(JobState.CANCELLED);
  }

  @Test
  void deadLetterStaysWithItsReason() {
    Job job = enqueued("greet");
    worker.settle(
        only(worker.take(1, NONE)), new DeadLetter("no such model: grizz-9"), Optional.empty());

    assertThat(view(job).state()).isEqualTo(JobState.DEAD);
    assertThat(view(job).reason()).contains("no such model: grizz-9");
    assertThat(queue.stats().dead()).isEqualTo(1);
  }

  @Test
  void jobPastItsDeadlineExpiresWhereverItWaits() {
    Job job =
        Job.of(UUID.randomUUID(), "greet", "{}")
            .with(
                new Job.Schedule(Optional.empty(), Optional.of(Instant.now().plus(ofMillis(50)))));
    queue.enqueue(job);
    pass(ofMillis(200));
    worker.tend();

    assertThat(view(job).state()).isEqualTo(JobState.EXPIRED);
    assertThat(queue.stats().waiting()).isZero();
  }

  @Test
  void pausedQueueStartsNothingAndComesBackInOrder() {
    Job before = enqueued("greet");
    queue.pause(Instant.now().plus(ofHours(1)));
    Job during = enqueued("greet");

    assertThat(worker.take(10, NONE).paused()).isTrue();
    assertThat(worker.take(10, NONE).leases()).isEmpty();
    queue.resume();
    pass(ofMillis(100));
    worker.tend();
    assertThat(worker.take(10, NONE).leases())
        .extracting(lease -> lease.job().id())
        .containsExactly(before.id(), during.id());
  }

  @Test
  void outputIsReadBackInOrderAndTheWriterRepeatsSafely() {
    Job job = streaming();
    Lease lease = only(worker.take(1, NONE));
    worker.emit(lease, new Event(2, "\"a\""));
    worker.emit(lease, new Event(2, "\"a\""));
    worker.emit(lease, new Event(3, "\"b\""));

    assertThat(worker.emit(lease, new Event(9, "\"x\""))).isEqualTo(new Emitted.Behind(3));
    OutputPage page = queue.output(job.id(), 1).orElseThrow();
    assertThat(page.seq()).isEqualTo(3);
    assertThat(page.frames()).containsExactly("\"a\"", "\"b\"");

    worker.settle(lease, new Complete(""), Optional.of(new Event(4, "\"end\"")));
    worker.settle(lease, new Complete(""), Optional.of(new Event(4, "\"end\"")));
    assertThat(queue.output(job.id(), 3).orElseThrow().frames()).containsExactly("\"end\"");
  }

  @Test
  void snapshotStandsForWhatWasTrimmed() {
    Job job = streaming();
    Lease lease = only(worker.take(1, NONE));
    worker.emit(lease, new Event(2, "\"a\""));
    worker.emit(lease, new Event(3, "\"b\""));
    worker.snapshot(lease, 2, "a");

    OutputPage fromStart = queue.output(job.id(), 0).orElseThrow();
    assertThat(fromStart.snapshot()).contains(new OutputPage.Snapshot(2, "a"));
    assertThat(fromStart.frames()).containsExactly("\"b\"");
    assertThat(queue.output(job.id(), 2).orElseThrow().snapshot()).isEmpty();
  }

  @Test
  void bellRingsForWhatIsEnqueuedAndLeasesNothing() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var heard =
          threads.submit(() -> {
            worker.listen(Duration.ofSeconds(10));
            return queue.stats().waiting();
          });
      enqueued("greet");
      assertThat(heard.get()).isEqualTo(1);
    }
  }

  @Test
  void wakeFreesTheListener() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var freed =
          threads.submit(() -> {
            worker.listen(Duration.ofMinutes(10));
            return true;
          });
      worker.wake();
      assertThat(freed.get()).isTrue();
    }
  }

  private Job enqueued(String type) {
    Job job = Job.of(UUID.randomUUID(), type, "{\"n\":1}");
    assertThat(queue.enqueue(job)).isInstanceOf(Receipt.Accepted.class);
    return job;
  }

  private Job enqueued(Priority priority) {
    Job job =
        Job.of(UUID.randomUUID(), "greet", "{}").with(Job.Sender.ANONYMOUS.withPriority(priority));
    assertThat(queue.enqueue(job)).isInstanceOf(Receipt.Accepted.class);
    return job;
  }

  private Job streaming() {
    Job job = Job.of(UUID.randomUUID(), "greet", "{}").with(Job.Output.streaming("log1"));
    assertThat(queue.enqueue(job)).isInstanceOf(Receipt.Accepted.class);
    return job;
  }

  private JobView view(Job job) {
    return queue.find(job.id()).orElseThrow();
  }

  private static Lease only(Consumer.Taken taken) {
    assertThat(taken.leases()).hasSize(1);
    return taken.leases().getFirst();
  }
}
