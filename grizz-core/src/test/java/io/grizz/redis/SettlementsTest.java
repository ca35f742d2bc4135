package io.grizz.redis;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Consumer;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import io.grizz.redis.CutWire.Moment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many jobs that end at one time share calls, and each gets the answer that is its own. */
@Execution(ExecutionMode.CONCURRENT)
class SettlementsTest {

  private static final TestRedis REDIS = new TestRedis();
  private static final int JOBS = 300;

  @AfterAll
  static void stop() {
    REDIS.close();
  }

  /** Half of them are fenced, and at some call the wire is cut. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void eachGetsItsOwnAnswerWhoeverMakesTheCall(int cutAt) throws Exception {
    Map<UUID, Settled> answers = new ConcurrentHashMap<>();
    try (CutWire wire = new CutWire(REDIS.uri());
        JobQueue queue = RedisQueue.open(RedisConfig.at(wire.uri()).withConnections(4), config());
        Consumer worker = queue.join("one")) {
      List<Lease> leases = leases(queue, worker);
      wire.cutAt(cutAt, Moment.BEFORE_REPLY);
      CountDownLatch go = new CountDownLatch(1);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < JOBS; i++) {
          Lease lease = leases.get(i);
          Lease shown = i % 2 == 0 ? lease : lease.withEpoch(lease.epoch() + 1);
          threads.execute(() -> answers.put(lease.job().id(), settled(worker, shown, go)));
        }
        go.countDown();
        threads.shutdown();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(wire.commands()).as("calls for %d jobs", JOBS).isLessThan(JOBS / 2);
      for (int i = 0; i < JOBS; i++) {
        UUID id = leases.get(i).job().id();
        assertThat(answers).containsEntry(id, i % 2 == 0 ? Settled.SETTLED : Settled.FENCED);
        assertThat(queue.find(id).orElseThrow().state())
            .isEqualTo(i % 2 == 0 ? JobState.COMPLETED : JobState.RUNNING);
      }
      assertThat(queue.stats().running()).isEqualTo(JOBS / 2);
    }
  }

  private static Settled settled(Consumer worker, Lease lease, CountDownLatch go) {
    try {
      go.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    while (true) {
      try {
        return worker.settle(lease, new Settlement.Complete("1"), Optional.empty());
      } catch (QueueUnavailableException e) {
        assertThat(e.retryAfter()).isLessThan(ofSeconds(2));
      }
    }
  }

  private static List<Lease> leases(JobQueue queue, Consumer worker) {
    queue.enqueueAll(
        Stream.generate(() -> Job.of(UUID.randomUUID(), "greet", "{}")).limit(JOBS).toList());
    List<Lease> leases = new ArrayList<>();
    Set<UUID> running = new HashSet<>();
    while (leases.size() < JOBS) {
      for (Lease lease : worker.take(JOBS - leases.size(), running).leases()) {
        leases.add(lease);
        running.add(lease.job().id());
      }
    }
    return leases;
  }

  private static QueueConfig config() {
    return QueueConfig.named("s" + UUID.randomUUID().toString().substring(0, 8));
  }
}
