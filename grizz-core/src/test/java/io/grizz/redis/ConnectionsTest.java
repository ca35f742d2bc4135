package io.grizz.redis;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grizz.api.Consumer;
import io.grizz.api.Doorbell;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientPauseMode;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;

/** The pool, as its server sees it. */
@Execution(ExecutionMode.CONCURRENT)
class ConnectionsTest {

  private static final Duration SECOND = ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private final TestRedis server = new TestRedis();
  private final Jedis redis = new Jedis(server.uri());

  @AfterEach
  void close() {
    redis.close();
    server.close();
  }

  @Test
  void connectsAheadOfTheFirstCalls() {
    try (JobQueue queue = open(new RedisConfig(server.uri(), 5, SECOND, SECOND, HOUR))) {
      assertThat(clients("")).hasSize(5);
      assertThat(queue.stats().waiting()).isZero();
      assertThat(clients("")).hasSize(5);
    }
  }

  @Test
  void idleConnectionsThatBrokeAreReplacedBeforeAnybodyNeedsThem() {
    try (JobQueue queue = open(new RedisConfig(server.uri(), 3, SECOND, SECOND, ofMillis(200)))) {
      List<String> before = ids();
      redis.clientKill(
          new ClientKillParams().type(ClientType.NORMAL).skipMe(ClientKillParams.SkipMe.YES));
      await().untilAsserted(() -> assertThat(ids()).hasSize(3).doesNotContainAnyElementsOf(before));
      assertThat(queue.stats().waiting()).isZero();
    }
  }

  @Test
  void whatBlocksTakesNoPlaceInThePool() throws Exception {
    try (JobQueue queue = open(new RedisConfig(server.uri(), 1, SECOND, SECOND, HOUR));
        Consumer worker = queue.join("w")) {
      worker.take(1, Set.of());
      Thread listener =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  worker.listen(ofSeconds(10));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      await().until(() -> clients("cmd=xread").size() == 1);
      assertThat(queue.find(UUID.randomUUID())).isEmpty();
      assertThat(worker.renew(List.of()).lost()).isEmpty();
      assertThat(clients("cmd=xread")).hasSize(1);
      worker.wake();
      listener.join();
    }
  }

  @Test
  void doorbellThatConnectsSaysThatSomethingMayHaveBeenMissedBefore() {
    AtomicInteger missed = new AtomicInteger();
    Doorbell.Listener listener =
        new Doorbell.Listener() {
          @Override
          public void missed() {
            missed.incrementAndGet();
          }
        };
    try (JobQueue queue = open(new RedisConfig(server.uri(), 1, SECOND, SECOND, HOUR));
        Doorbell bell = queue.doorbell(listener)) {
      await().until(() -> missed.get() == 1);
      redis.clientKill(new ClientKillParams().type(ClientType.PUBSUB));
      await().until(() -> missed.get() == 2);
      assertThat(bell.silence()).isLessThan(ofSeconds(10));
    }
  }

  @Test
  void doorbellThatIsAskedSomethingAllTheTimeProbesItselfAllTheSame() {
    try (Connections connections = new Connections(RedisConfig.at(server.uri()));
        Doorbell bell =
            RedisDoorbell.open(connections, new Doorbell.Listener() {}, ofMillis(200))) {
      await()
          .pollInterval(ofMillis(20))
          .during(ofSeconds(2))
          .until(() -> {
            bell.leave(UUID.randomUUID());
            return true;
          });
      assertThat(bell.silence()).isLessThan(ofMillis(1_500));
    }
  }

  @Test
  void doorbellWhoseListenerRanOutOfMemoryOnceHearsAgain() {
    AtomicInteger heard = new AtomicInteger();
    Doorbell.Listener listener =
        new Doorbell.Listener() {
          @Override
          public void ordered(Doorbell.Order order) {
            if (heard.incrementAndGet() == 1) {
              throw new OutOfMemoryError("said by a test");
            }
          }
        };
    try (Connections connections = new Connections(RedisConfig.at(server.uri()));
        Doorbell bell = RedisDoorbell.open(connections, listener)) {
      await()
          .until(() -> {
            bell.order(new Doorbell.Order.Tend());
            return heard.get() > 1;
          });
    }
  }

  @Test
  void interruptedCallerCostsNobodyElseTheirConnection() throws Exception {
    try (JobQueue queue = open(new RedisConfig(server.uri(), 3, SECOND, ofSeconds(5), HOUR))) {
      assertThat(queue.stats().waiting()).isZero();
      List<String> before = ids();
      redis.clientPause(600, ClientPauseMode.ALL);
      Thread caller = Thread.ofVirtual().start(() -> assertThatThrownBy(queue::stats));
      await()
          .until(() ->
              EnumSet.of(Thread.State.WAITING, Thread.State.TIMED_WAITING)
                  .contains(caller.getState()));
      caller.interrupt();
      caller.join();
      await().untilAsserted(() -> assertThat(ids()).hasSize(2).isSubsetOf(before));
    }
  }

  @Test
  void poolThatIsUsedUpSaysSoWithItsNumbers() throws Exception {
    Queue<QueueUnavailableException> told = new ConcurrentLinkedQueue<>();
    try (JobQueue queue = open(new RedisConfig(server.uri(), 1, SECOND, ofMillis(300), HOUR))) {
      assertThat(queue.stats().waiting()).isZero();
      redis.clientPause(1_500, ClientPauseMode.ALL);
      List<Thread> callers =
          IntStream.range(0, 4)
              .mapToObj(i ->
                  Thread.ofVirtual()
                      .start(() ->
                          assertThatThrownBy(queue::stats)
                              .isInstanceOfSatisfying(QueueUnavailableException.class, told::add)))
              .toList();
      for (Thread caller : callers) {
        caller.join();
      }
      assertThat(told).hasSize(4);
      assertThat(told)
          .anySatisfy(e ->
              assertThat(e).hasMessageMatching("(?s).*in use=1, waiting=\\d.*redis.connections.*"));
      await().ignoreExceptions().until(() -> queue.stats().waiting() == 0);
    }
  }

  private static JobQueue open(RedisConfig config) {
    return RedisQueue.open(config, QueueConfig.named("pool"));
  }

  private List<String> ids() {
    return clients("").stream().map(line -> line.split(" ", 2)[0]).toList();
  }

  /** Connections but for this test's own, of which this is said. */
  private List<String> clients(String what) {
    String own = "id=" + redis.clientId() + " ";
    return redis
        .clientList()
        .lines()
        .filter(line -> !line.startsWith(own) && line.contains(what))
        .toList();
  }
}
