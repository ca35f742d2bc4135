package io.grizz.worker;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.Handler;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a worker does with its jobs, told on a real queue. */
class WorkerTest {

  private static final EmbeddedRedis REDIS = EmbeddedRedis.temporary();

  private final QueueConfig config =
      QueueConfig.named("w" + UUID.randomUUID().toString().substring(0, 8));
  private final JobQueue queue = RedisQueue.open(RedisConfig.at(REDIS.uri()), config);
  private final List<Worker> workers = new ArrayList<>();
  private final Map<Job, Instant> scheduled = new LinkedHashMap<>();
  private final WorkerConfig quick =
      WorkerConfig.STANDARD.withRetries(new RetryPolicy(3, ofMillis(1), ofMillis(1)));

  @AfterEach
  void close() {
    workers.forEach(Worker::close);
    queue.close();
  }

  @AfterAll
  static void stop() {
    REDIS.close();
  }

  @Test
  void runsEachJobOnAVirtualThreadAndKeepsItsResult() {
    worker(quick, job -> new Outcome.Done(String.valueOf(Thread.currentThread().isVirtual())));
    Job job = enqueued();

    assertThat(awaited(job, JobState.COMPLETED).result()).contains("true");
  }

  @Test
  void failingJobIsRetriedAndThenDeadLetteredWithItsReason() {
    AtomicInteger runs = new AtomicInteger();
    worker(
        quick,
        job -> {
          runs.incrementAndGet();
          throw new IllegalStateException("model busy");
        });
    Job job = enqueued();

    assertThat(awaited(job, JobState.DEAD).reason())
        .contains("attempts_spent: IllegalStateException");
    assertThat(runs).hasValue(3);
  }

  @Test
  void neverRunsMoreJobsAtOnceThanItsConcurrency() {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    worker(
        quick.withConcurrency(3),
        job -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          Thread.onSpinWait();
          now.decrementAndGet();
          return Outcome.done();
        });
    List<Job> jobs = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      jobs.add(enqueued());
    }

    jobs.forEach(job -> awaited(job, JobState.COMPLETED));
    assertThat(most.get()).isBetween(1, 3);
  }

  @Test
  void drainReleasesWhatDoesNotEndInTimeAtNoCostToTheJob() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Worker worker =
        worker(
            quick,
            job -> {
              started.countDown();
              never.await();
              return Outcome.done();
            });
    Job job = enqueued();
    started.await();
    worker.drain(ofMillis(10));

    JobView view = queue.find(job.id()).orElseThrow();
    assertThat(view.state()).isEqualTo(JobState.READY);
    assertThat(view.counters().attempts()).isZero();
    assertThat(view.counters().interruptions()).isEqualTo(1);
  }

  @Test
  void scheduledJobsStartWithinATurnOfTheirTime() {
    worker(quick, job -> Outcome.done());
    worker(quick, job -> Outcome.done());
    Job first = Job.of(UUID.randomUUID(), "greet", "{}");
    queue.enqueue(first.with(Job.Schedule.at(Instant.now().plusMillis(50))));
    awaited(first, JobState.COMPLETED);
    Instant begin = Instant.now();
    for (int i = 1; i <= 8; i++) {
      Instant due = begin.plus(ofMillis(150L * i));
      Job job = Job.of(UUID.randomUUID(), "greet", "{}").with(Job.Schedule.at(due));
      queue.enqueue(job);
      scheduled.put(job, due);
    }
    scheduled.forEach((job, due) -> {
      Instant started = awaited(job, JobState.COMPLETED).times().startedAt().orElseThrow();
      assertThat(Duration.between(due, started)).isBetween(ZERO, ofMillis(150));
    });
  }

  @Test
  void silentJobIsStoppedAndRetried() {
    CountDownLatch never = new CountDownLatch(1);
    worker(
        quick.withTimeouts(ofSeconds(60), ofMillis(50)),
        job -> {
          if (job.lease().attempt() == 1) {
            never.await();
          }
          return Outcome.done();
        });
    Job job = enqueued();

    assertThat(awaited(job, JobState.COMPLETED).counters().attempts()).isEqualTo(1);
  }

  @Test
  void goesOnByItselfWhenRedisWasKilledAndCameBack() {
    CountDownLatch release = new CountDownLatch(1);
    worker(
        quick,
        job -> {
          release.await();
          return Outcome.done();
        });
    Job running = enqueued();
    soon().until(() -> queue.find(running.id()).orElseThrow().state() == JobState.RUNNING);
    // why: the append-only file is written each second
    await().during(ofMillis(1_200)).until(() -> true);
    REDIS.kill();
    release.countDown();
    REDIS.start();

    assertThat(awaited(running, JobState.COMPLETED).counters().runs()).isZero();
    awaited(enqueued(), JobState.COMPLETED);
  }

  private Worker worker(WorkerConfig config, Handler handler) {
    Worker worker =
        Worker.of(
            queue,
            "w-" + UUID.randomUUID(),
            this.config.leases(),
            config,
            Map.of("greet", handler));
    workers.add(worker);
    worker.start();
    return worker;
  }

  private Job enqueued() {
    Job job = Job.of(UUID.randomUUID(), "greet", "{}");
    soon().until(() -> queue.enqueue(job) != null);
    return job;
  }

  private JobView awaited(Job job, JobState state) {
    soon().until(() -> queue.find(job.id()).orElseThrow().state() == state);
    return queue.find(job.id()).orElseThrow();
  }

  private static ConditionFactory soon() {
    return await()
        .atMost(ofSeconds(20))
        .pollDelay(ZERO)
        .pollInterval(ofMillis(5))
        .ignoreExceptions();
  }
}
