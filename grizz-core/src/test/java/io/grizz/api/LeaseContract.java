package io.grizz.api;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Consumer.Emitted;
import io.grizz.api.Consumer.Event;
import io.grizz.api.Consumer.Reaped;
import io.grizz.api.Settlement.Complete;
import io.grizz.api.Settlement.Release;
import io.grizz.api.Settlement.Retry;
import io.grizz.api.Settlement.Snooze;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What every {@link Consumer} owes a job that it holds, and what a lost lease may not do. */
public abstract class LeaseContract extends QueueFixture {

  @Test
  void retriedJobComesBackAfterItsDelayAsTheNextAttempt() {
    enqueued("greet");
    Lease first = only(worker.take(1, NONE));
    worker.settle(first, new Retry(ofMillis(100), "model busy"), Optional.empty());
    assertThat(queue.stats()).isEqualTo(new QueueStats(0, 0, 1, 0, ZERO, 0));

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

  @Test
  void rebuiltLogBeginsAtTheWritersOwnNumber() {
    Job job = streaming();
    Lease lease = only(worker.take(1, NONE));
    assertThat(worker.emit(lease, new Event(5, "{}"))).isEqualTo(new Emitted.Behind(1));

    assertThat(worker.rebuild(lease, "log2", 4, "so far")).isEqualTo(Settled.SETTLED);
    assertThat(worker.emit(lease, new Event(5, "{}"))).isEqualTo(new Emitted.Written(false));
    OutputPage page = queue.output(job.id(), 1).orElseThrow();
    assertThat(page.log()).isEqualTo("log2");
    assertThat(page.snapshot()).contains(new OutputPage.Snapshot(4, "so far"));
    assertThat(page.frames()).containsExactly("{}");

    worker.settle(lease, new Release("deploy"), Optional.empty());
    assertThat(worker.rebuild(lease, "log3", 4, "late")).isEqualTo(Settled.FENCED);
  }

  @Test
  void restartedRunHasAnEpochAboveTheFloor() {
    Job job = streaming();
    Lease lease = only(worker.take(1, NONE));
    long floor = lease.epoch() + 1_000_000;

    Lease higher = lease.withEpoch(worker.restart(lease, floor).orElseThrow());
    assertThat(higher.epoch()).isGreaterThan(floor);
    assertThat(worker.emit(lease, new Event(2, "{}"))).isEqualTo(new Emitted.Fenced());
    assertThat(worker.emit(higher, new Event(2, "{}"))).isEqualTo(new Emitted.Written(false));
    assertThat(worker.restart(lease, floor)).isEmpty();
    assertThat(view(job).state()).isEqualTo(JobState.RUNNING);
  }
}
