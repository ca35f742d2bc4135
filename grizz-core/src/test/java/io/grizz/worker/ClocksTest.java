package io.grizz.worker;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.Grizz;
import io.grizz.api.FailurePolicy;
import io.grizz.api.Handler;
import io.grizz.api.Job;
import io.grizz.api.JobEvent;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What stops a run, what becomes of one that does not stop, and what failures decide. */
class ClocksTest {

  private static final Instant START = Instant.parse("2026-11-24T12:00:00Z");

  private final QueueConfig config = QueueConfig.named("clocks");
  private final Grizz grizz = Grizz.inMemory(config, InstantSource.system());
  private final List<JobEvent> events = new CopyOnWriteArrayList<>();
  private final CountDownLatch never = new CountDownLatch(1);
  private final WorkerConfig quick =
      WorkerConfig.STANDARD.withRetries(new RetryPolicy(2, ofMillis(1), ofMillis(1)));

  @AfterEach
  void close() {
    never.countDown();
    grizz.close();
  }

  @Test
  void clocksRingEachAtItsTimeTheDeadlineFirst() {
    WorkerConfig.Timeouts timeouts =
        new WorkerConfig.Timeouts(ofSeconds(10), ofSeconds(2), ofSeconds(30));
    Clocks clocks = new Clocks(timeouts, ofSeconds(20), 0, START);
    assertThat(clocks.rung(ofSeconds(2).toNanos() - 1)).isNull();
    assertThat(clocks.rung(ofSeconds(2).toNanos())).isEqualTo(Run.Stop.SILENT);
    clocks.progress(ofSeconds(9).toNanos());
    assertThat(clocks.rung(ofSeconds(10).toNanos() - 1)).isNull();
    assertThat(clocks.rung(ofSeconds(10).toNanos())).isEqualTo(Run.Stop.TIMED_OUT);
    assertThat(clocks.rung(ofSeconds(20).toNanos())).isEqualTo(Run.Stop.EXPIRED);
    assertThat(clocks.deadline()).isEqualTo(START.plusSeconds(10));
    assertThat(new Clocks(timeouts, ofSeconds(3), 0, START).deadline())
        .isEqualTo(START.plusSeconds(3));
    assertThat(new Clocks(timeouts, Duration.ofSeconds(Long.MAX_VALUE), 0, START).rung(1)).isNull();
  }

  @Test
  void runThatIsFinishingHasUntilTheDeadlineOfItsJob() {
    WorkerConfig.Timeouts timeouts =
        new WorkerConfig.Timeouts(ofSeconds(10), ofSeconds(60), ofSeconds(30));
    Clocks clocks = new Clocks(timeouts, ofSeconds(20), 0, START);
    clocks.finishing();
    assertThat(clocks.rung(ofSeconds(20).toNanos() - 1)).isNull();
    assertThat(clocks.rung(ofSeconds(20).toNanos())).isEqualTo(Run.Stop.EXPIRED);
    assertThat(clocks.deadline()).isEqualTo(START.plusSeconds(20));
  }

  @Test
  void runningJobIsStoppedAtItsDeadline() throws Exception {
    AtomicReference<Instant> told = new AtomicReference<>();
    try (Worker worker =
        worker(
            quick,
            job -> {
              told.set(job.deadline());
              never.await();
              return Outcome.done();
            })) {
      Instant deadline = Instant.now().plusMillis(400);
      JobView view = ended(worker, expiring("greet", deadline));
      assertThat(view.state()).isEqualTo(JobState.EXPIRED);
      assertThat(view.counters().runs()).isZero();
      assertThat(told.get()).isBetween(deadline.minusMillis(200), deadline.plusMillis(200));
    }
  }

  @Test
  void threadThatIgnoresItsInterruptLosesItsSlotAndItsJob() throws Exception {
    WorkerConfig one =
        quick
            .withConcurrency(1)
            .withTimeouts(ofMillis(50), ofSeconds(60))
            .withStuck(new WorkerConfig.Stuck(ofMillis(50), 1));
    CountDownLatch hung = new CountDownLatch(1);
    try (Worker worker =
        worker(
            one,
            job -> {
              while (job.attempt() == 1 && hung.getCount() > 0) {
                Thread.onSpinWait();
              }
              return Outcome.done();
            })) {
      JobView view = ended(worker, grizz.job("greet", "{}"));
      assertThat(view.state()).isEqualTo(JobState.COMPLETED);
      assertThat(view.counters().attempts()).isEqualTo(1);
      assertThat(worker.wantsRecycling()).isTrue();
      hung.countDown();
      await().until(() -> count(JobEvent.Ended.class) == 2);
      assertThat(count(JobEvent.Stuck.class)).isEqualTo(1);
      assertThat(count(JobEvent.RecyclingAsked.class)).isEqualTo(1);
    }
    assertThat(count(JobEvent.Ended.class)).isEqualTo(2);
    assertThat(count(JobEvent.Fenced.class)).isZero();
  }

  @Test
  void jobOfAnUnknownTypeIsPutOffUntilItsDeadlineAndThenGivenUpOn() throws Exception {
    WorkerConfig soon =
        quick.withTimeouts(new WorkerConfig.Timeouts(ofSeconds(60), ofSeconds(60), ofMillis(150)));
    try (Worker worker = worker(soon, job -> Outcome.done())) {
      JobView view = ended(worker, expiring("nobody-knows", Instant.now().plusMillis(700)));
      assertThat(view.state()).isEqualTo(JobState.DEAD);
      assertThat(view.reason()).contains("unknown_type: no handler for nobody-knows");
      assertThat(view.counters().snoozes()).isPositive();
      assertThat(view.counters().attempts()).isZero();
    }
  }

  @Test
  void failuresDecideByTheirTypeTheLastRuleFirst() throws Exception {
    FailurePolicy policy =
        FailurePolicy.RETRY
            .rejecting(IllegalArgumentException.class, "bad_payload")
            .deciding(
                NumberFormatException.class,
                e -> new Outcome.Retry(Optional.of(ofMillis(1)), "number"))
            .deciding(
                ArithmeticException.class,
                e -> {
                  throw new IllegalStateException("a rule that fails");
                });
    Handler fails =
        job -> {
          switch (job.payload()) {
            case "1" -> throw new IllegalArgumentException("secret");
            case "2" -> throw new NumberFormatException("secret");
            case "3" -> throw new ArithmeticException("secret");
            default -> throw new IllegalStateException("secret");
          }
        };
    try (Worker worker = worker(quick.withFailures(policy), fails)) {
      assertThat(reason(worker, "1")).isEqualTo("bad_payload");
      assertThat(reason(worker, "2")).isEqualTo("attempts_spent: number");
      assertThat(reason(worker, "3")).isEqualTo("attempts_spent: ArithmeticException");
      assertThat(reason(worker, "4")).isEqualTo("attempts_spent: IllegalStateException");
    }
  }

  @Test
  void jobThatDoesNotStreamMayNotEmit() throws Exception {
    try (Worker worker =
        worker(
            quick,
            job -> {
              job.emit(seq -> "{}");
              return Outcome.done();
            })) {
      JobView view = ended(worker, grizz.job("greet", "{}"));
      assertThat(view.reason()).contains("attempts_spent: IllegalStateException");
    }
    assertThat(count(JobEvent.Emitted.class)).isZero();
  }

  private String reason(Worker worker, String payload) throws Exception {
    return ended(worker, grizz.job("greet", payload)).reason().orElseThrow();
  }

  private Job expiring(String type, Instant deadline) {
    return grizz.job(type, "{}").with(new Job.Schedule(Optional.empty(), Optional.of(deadline)));
  }

  private JobView ended(Worker worker, Job job) throws Exception {
    grizz.queue().enqueue(job);
    assertThat(worker.running()).isLessThan(100);
    return grizz.await(job.id(), ofSeconds(15));
  }

  private long count(Class<? extends JobEvent> kind) {
    return events.stream().filter(kind::isInstance).count();
  }

  private Worker worker(WorkerConfig workerConfig, Handler handler) {
    Worker worker =
        Worker.of(
                grizz.queue(),
                "worker-" + grizz.newId(),
                config.leases(),
                workerConfig,
                Map.of("greet", handler))
            .heardBy(events::add);
    worker.start();
    return worker;
  }
}
