package io.grizz.worker;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.ConfigException;
import io.grizz.api.Consumer;
import io.grizz.api.Handler;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.memory.MemoryQueue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the loops of a worker do when a store answers with worse than that it is away. */
class LoopsTest {

  private final QueueConfig config =
      QueueConfig.named("loops")
          .withLeases(new Leases(ofSeconds(1), ofMillis(100), ofMillis(100), ofSeconds(1)));
  private final JobQueue queue = MemoryQueue.open(config, InstantSource.system());
  private final Map<String, Meddled.Instead> methods = new ConcurrentHashMap<>();
  private final CountDownLatch never = new CountDownLatch(1);

  @AfterEach
  void close() {
    never.countDown();
    queue.close();
  }

  @Test
  void loopsGoOnAfterARoundForWhichThereWasNoMemory() {
    Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();
    for (String method : new String[] {"take", "renew", "tend"}) {
      AtomicInteger calls = new AtomicInteger();
      failures.put(method, calls);
      methods.put(
          method,
          real -> {
            if (calls.incrementAndGet() == 1) {
              throw new OutOfMemoryError("said by a test");
            }
            return real.call();
          });
    }
    try (Worker worker = worker(job -> Outcome.done())) {
      worker.start();
      await()
          .atMost(ofSeconds(15))
          .untilAsserted(() ->
              assertThat(failures.values())
                  .allSatisfy(calls -> assertThat(calls).hasValueGreaterThan(1)));
      assertThat(ended(enqueued()).state()).isEqualTo(JobState.COMPLETED);
    }
  }

  @Test
  void jobsAreStoppedInTimeWhileTheRenewalWaitsForAnAnswer() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    try (Worker worker =
        worker(job -> {
          if (job.lease().run() == 1) {
            started.countDown();
            try {
              never.await();
            } finally {
              interrupted.countDown();
            }
          }
          return Outcome.done();
        })) {
      worker.start();
      Job job = enqueued();
      started.await();
      CountDownLatch silence = new CountDownLatch(1);
      methods.put(
          "renew",
          real -> {
            silence.await();
            return real.call();
          });
      assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
      silence.countDown();
      assertThat(ended(job).counters().attempts()).isZero();
    }
  }

  @Test
  void finishedJobIsSettledWhenTheStoreServesItAgain() {
    AtomicInteger refused = new AtomicInteger();
    AtomicInteger runs = new AtomicInteger();
    methods.put(
        "settle",
        real -> {
          if (refused.incrementAndGet() == 1) {
            throw new ConfigException("redis.url", "refused", "with the right password");
          }
          return real.call();
        });
    try (Worker worker =
        worker(job -> {
          runs.incrementAndGet();
          return Outcome.done();
        })) {
      worker.start();
      assertThat(ended(enqueued()).state()).isEqualTo(JobState.COMPLETED);
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void jobTakenTooLateToBeginIsGivenBackAtNoCost() throws Exception {
    AtomicReference<Worker> draining = new AtomicReference<>();
    methods.put(
        "take",
        real -> {
          Consumer.Taken taken = (Consumer.Taken) real.call();
          if (!taken.leases().isEmpty()) {
            draining.get().quiesce();
          }
          return taken;
        });
    AtomicInteger runs = new AtomicInteger();
    try (Worker worker =
        worker(job -> {
          runs.incrementAndGet();
          return Outcome.done();
        })) {
      draining.set(worker);
      worker.start();
      Job job = enqueued();
      await().until(() -> view(job).counters().interruptions() == 1);
      assertThat(view(job).state()).isEqualTo(JobState.READY);
      assertThat(runs).hasValue(0);
    }
  }

  @Test
  void interruptedDrainLeavesNothingBehind() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    Worker worker =
        worker(job -> {
          started.countDown();
          never.await();
          return Outcome.done();
        });
    worker.start();
    Job job = enqueued();
    started.await();
    Thread drain =
        Thread.ofPlatform()
            .start(() -> {
              try {
                worker.drain(Duration.ofHours(1));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    drain.interrupt();
    drain.join();
    assertThat(queue.workers()).isEmpty();
    AtomicInteger calls = new AtomicInteger();
    methods.put("renew", real -> calls.incrementAndGet());
    await().during(ofMillis(300)).until(() -> calls.get() == 0);
    await().until(() -> view(job).state() == JobState.READY);
  }

  private Worker worker(Handler handler) {
    return Worker.of(
        Meddled.queue(queue, methods),
        "w-" + UUID.randomUUID(),
        config.leases(),
        WorkerConfig.STANDARD,
        Map.of("greet", handler));
  }

  private Job enqueued() {
    Job job = Job.of(UUID.randomUUID(), "greet", "{}");
    queue.enqueue(job);
    return job;
  }

  private JobView ended(Job job) {
    await().atMost(ofSeconds(15)).until(() -> view(job).state().terminal());
    return view(job);
  }

  private JobView view(Job job) {
    return queue.find(job.id()).orElseThrow();
  }
}
