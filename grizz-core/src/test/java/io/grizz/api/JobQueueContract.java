package io.grizz.api;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Doorbell.Order;
import io.grizz.api.Job.Output;
import io.grizz.api.Job.Sender;
import io.grizz.api.Settlement.Complete;
import io.grizz.api.Settlement.DeadLetter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every {@link JobQueue} does for those who send jobs, whichever one it is. */
public abstract class JobQueueContract extends QueueFixture {

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
    assertThat(queue.stats()).isEqualTo(new QueueStats(0, 0, 0, 0, Duration.ZERO, 0));
  }

  @Test
  void jobThatStreamsIsToldItsPlaceInTheLine_andHowLongTheLastOneHasWaited() {
    enqueued("greet");
    assertThat(place(streaming())).isEqualTo("2, 0 ms");
    pass(ofMillis(300));
    only(worker.take(1, NONE));
    assertThat(place(streaming())).matches("2, [3-9]\\d\\d ms");
    worker.take(2, NONE);
    assertThat(place(streaming())).isEqualTo("1, 0 ms");

    Job later =
        Job.of(UUID.randomUUID(), "greet", "{}")
            .with(Output.streaming("log1"))
            .with(new Job.Schedule(Optional.of(Instant.now().plus(ofHours(1))), Optional.empty()));
    queue.enqueue(later);
    assertThat(queue.output(later.id(), 0).orElseThrow().frames().getFirst()).doesNotContain("pos");
  }

  /** What the first event of a log says of the place in the line. */
  private String place(Job job) {
    String event = queue.output(job.id(), 0).orElseThrow().frames().getFirst();
    return event.replaceFirst(".*\"pos\":(\\d+),\"eta_ms\":(\\d+)}", "$1, $2 ms");
  }

  @Test
  void workersAreSeenWithWhatTheyHold_untilTheyLeave() {
    enqueued("greet");
    enqueued("greet");
    assertThat(worker.take(2, NONE).leases()).hasSize(2);
    other.take(1, NONE);

    assertThat(queue.workers())
        .allSatisfy(it -> assertThat(it.silent()).isLessThan(ofSeconds(10)))
        .extracting(it -> it.incarnation() + " holds " + it.running())
        .containsExactlyInAnyOrder("worker-1 holds 2", "worker-2 holds 0");

    worker.leave();
    assertThat(queue.workers()).extracting(WorkerView::incarnation).containsExactly("worker-2");
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
    Map<Pressure, Integer> pressures = new EnumMap<>(Pressure.class);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var receipt : threads.invokeAll(producers)) {
        switch (receipt.get()) {
          case Receipt.Accepted(UUID id, Pressure pressure) -> {
            accepted.incrementAndGet();
            pressures.merge(pressure, 1, Integer::sum);
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
    assertThat(pressures)
        .isEqualTo(Map.of(Pressure.NONE, 10, Pressure.RISING, 5, Pressure.HIGH, 5));
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

    assertThat(worker.tend()).isEqualTo(new Consumer.Tended(1, 0, 0));
    assertThat(worker.take(1, NONE).leases()).isEmpty();
    assertThat(view(job).state()).isEqualTo(JobState.SCHEDULED);
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
  void laterPauseReplacesTheOneBeforeAndJobsOfAllOfThemComeBackInOrder() {
    List<UUID> sent = new ArrayList<>();
    for (int hours : new int[] {1, 3, 2}) {
      queue.pause(Instant.now().plus(ofHours(hours)));
      sent.add(enqueued("greet").id());
      sent.add(enqueued("greet").id());
      assertThat(worker.take(10, NONE).paused()).isTrue();
    }
    queue.resume();
    assertThat(worker.take(10, NONE).leases())
        .extracting(lease -> lease.job().id())
        .containsExactlyElementsOf(sent);
  }

  @Test
  void pauseThatIsMadeShorterEndsAtItsNewTime() {
    queue.pause(Instant.now().plus(ofHours(1)));
    Job job = enqueued("greet");
    // The store's time is asked for, since it may be another than this machine's.
    queue.pause(worker.take(1, NONE).at().plusMillis(100));
    pass(ofMillis(200));
    assertThat(only(worker.take(1, NONE)).job().id()).isEqualTo(job.id());
  }

  @Test
  void pauseForEverLastsUntilItIsResumed() {
    queue.pause(Instant.MAX);
    enqueued("greet");
    assertThat(worker.take(1, NONE).paused()).isTrue();
    queue.resume();
    only(worker.take(1, NONE));
  }

  @Test
  void jobWhoseDeadlineIsTheBeginningOfTimeExpires() {
    Job job = job("{}").with(new Job.Schedule(Optional.empty(), Optional.of(Instant.EPOCH)));
    queue.enqueue(job);
    assertThat(worker.take(1, NONE).leases()).isEmpty();
    assertThat(view(job).state()).isEqualTo(JobState.EXPIRED);
  }

  @Test
  void recordedJobThatLivesAnewHasAHigherEpochThanBefore() {
    Job first = job("{}").with(new Output(Optional.of("log1"), true));
    queue.enqueue(first);
    Lease before = only(worker.take(1, NONE));
    worker.settle(before, new Complete("1"), Optional.of(new Consumer.Event(2, "{}")));

    queue.enqueue(first.with(new Output(Optional.of("log2"), true)));
    assertThat(only(worker.take(1, NONE)).epoch()).isGreaterThan(before.epoch());
  }

  @Test
  void placesThatAreKeptCountAsWaitingUntilTheyAreGivenBack() {
    Reconciliation desk = queue.reconciliation();
    List<UUID> places = Stream.generate(UUID::randomUUID).limit(20).toList();
    assertThat(places).allMatch(desk::reserve);

    assertThat(desk.reserve(UUID.randomUUID())).isFalse();
    assertThat(desk.reserve(places.getFirst())).isTrue();
    assertThat(queue.enqueue(job("{}"))).isInstanceOf(Receipt.Overloaded.class);

    desk.giveBack(places.getFirst());
    assertThat(queue.enqueue(job("{}"))).isInstanceOf(Receipt.Accepted.class);
  }

  @Test
  void recordedJobIsNeverRefused() {
    for (int i = 0; i < 20; i++) {
      assertThat(queue.enqueue(job("{}"))).isInstanceOf(Receipt.Accepted.class);
    }
    assertThat(queue.enqueue(job("{}").with(new Output(Optional.empty(), true))))
        .isInstanceOf(Receipt.Accepted.class);
  }

  @Test
  void recordedJobThatIsCancelledHasNoTerminalEventUntilTheRecordClosesIt() {
    Job job = job("{}").with(new Output(Optional.of("log1"), true));
    queue.enqueue(job);
    queue.cancel(job.id());
    Reconciliation desk = queue.reconciliation();

    assertThat(queue.output(job.id(), 1).orElseThrow().frames()).isEmpty();
    Reconciliation.Ended ended = desk.ended(10).getFirst();
    assertThat(ended.job()).isEqualTo(job.id());
    assertThat(ended.state()).isEqualTo(JobState.CANCELLED);

    desk.close(
        job.id(), JobState.CANCELLED, new Consumer.Event(ended.seq() + 1, "{\"t\":\"cancelled\"}"));
    desk.close(
        job.id(), JobState.CANCELLED, new Consumer.Event(ended.seq() + 1, "{\"t\":\"cancelled\"}"));
    assertThat(queue.output(job.id(), 1).orElseThrow().frames())
        .containsExactly("{\"t\":\"cancelled\"}");
    assertThat(desk.ended(10)).isEmpty();
  }

  @Test
  void turnIsOneCallersInEachInterval() {
    Reconciliation desk = queue.reconciliation();
    assertThat(desk.turn("repair", ofSeconds(5))).isTrue();
    assertThat(desk.turn("repair", ofSeconds(5))).isFalse();
    assertThat(desk.turn("other", ofSeconds(5))).isTrue();
  }

  @Test
  void doorbellRingsForFollowedUsersAndCarriesOrders() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    UUID user = UUID.randomUUID();
    Job job =
        job("{}")
            .with(Sender.ANONYMOUS.withUser(user))
            .with(new Output(Optional.of("log1"), false));
    try (Doorbell bell = queue.doorbell(listener(heard))) {
      bell.follow(user);
      queue.enqueue(job);
      assertThat(heard.poll(5, TimeUnit.SECONDS))
          .isEqualTo(
              user
                  + " log1 {\"t\":\"job\",\"job\":\""
                  + job.id()
                  + "\",\"seq\":1,\"state\":\"queued\",\"pos\":1,\"eta_ms\":0}");

      bell.order(new Order.Kick(user));
      assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo(new Order.Kick(user).toString());

      Lease lease = only(worker.take(1, Set.of()));
      assertThat(lease.job().id()).isEqualTo(job.id());
      queue.cancel(job.id());
      assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo(new Order.Cancel(job.id()).toString());

      bell.leave(user);
      bell.follow(UUID.randomUUID());
      worker.emit(lease, new Consumer.Event(2, "{}"));
      bell.order(new Order.Tend());
      assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo(new Order.Tend().toString());
    }
  }

  private static Job job(String payload) {
    return Job.of(UUID.randomUUID(), "greet", payload);
  }

  private static Doorbell.Listener listener(BlockingQueue<String> heard) {
    return new Doorbell.Listener() {
      @Override
      public void rang(UUID user, String log, String frame) {
        heard.add(user + " " + log + " " + frame);
      }

      @Override
      public void ordered(Order order) {
        heard.add(order.toString());
      }
    };
  }
}
