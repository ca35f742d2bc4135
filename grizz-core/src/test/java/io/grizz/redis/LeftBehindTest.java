package io.grizz.redis;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.Consumer;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import io.grizz.redis.CutWire.Moment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.XPendingParams;

/** Jobs that were leased, of which the worker did not hear. */
@Execution(ExecutionMode.CONCURRENT)
class LeftBehindTest {

  private static final TestRedis REDIS = new TestRedis();
  private static final int RUNNING = 1_040;

  @AfterAll
  static void stop() {
    REDIS.close();
  }

  @Test
  void jobOfALostReplyIsHandedOutHoweverManyRunAndItsLeaseBeginsThen() throws Exception {
    QueueConfig config = QueueConfig.named("l" + UUID.randomUUID().toString().substring(0, 8));
    try (CutWire wire = new CutWire(REDIS.uri());
        JobQueue queue = RedisQueue.open(RedisConfig.at(wire.uri()).withConnections(1), config);
        Consumer worker = queue.join("one");
        Jedis redis = new Jedis(REDIS.uri())) {
      queue.enqueueAll(Stream.generate(LeftBehindTest::job).limit(RUNNING).toList());
      Set<UUID> running = new HashSet<>();
      while (running.size() < RUNNING) {
        worker.take(64, running).leases().forEach(lease -> running.add(lease.job().id()));
      }
      Job last = job();
      queue.enqueue(last);
      wire.cutAt(1, Moment.BEFORE_REPLY);
      assertThatThrownBy(() -> worker.take(64, running))
          .isInstanceOf(QueueUnavailableException.class);
      TestRedis.pass(ofMillis(500));
      List<Lease> found = worker.take(64, running).leases();
      assertThat(found).extracting(lease -> lease.job().id()).containsExactly(last.id());
      String entry = found.getFirst().place().split("/", 2)[1];
      assertThat(
              redis
                  .xpending(
                      "grizz:{" + config.name() + "}:ready:normal",
                      "workers",
                      XPendingParams.xPendingParams(entry, entry, 1))
                  .getFirst()
                  .getIdleTime())
          .isLessThan(500);
    }
  }

  private static Job job() {
    return Job.of(UUID.randomUUID(), "greet", "{}");
  }
}
