package io.grizz.redis;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.grizz.api.ConfigException;
import io.grizz.api.Consumer;
import io.grizz.api.Job;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.Lease;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Receipt;
import io.grizz.redis.Trouble.Treatment;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** Each row of the table of errors: what callers are told, and that every loop outlives it. */
@Execution(ExecutionMode.CONCURRENT)
class TroubleTest {

  private static final TestRedis REDIS = new TestRedis();
  private static final Set<String> LOOPS = Set.of("grizz-take", "grizz-renew", "grizz-tend");

  private final CutWire wire = wire();
  private final QueueConfig config =
      QueueConfig.named("x" + UUID.randomUUID().toString().substring(0, 8))
          .withLeases(new Leases(ofSeconds(3), ofMillis(300), ofMillis(500), ofSeconds(1)));
  private final JobQueue queue = RedisQueue.open(RedisConfig.at(wire.uri()), config);
  private final CountDownLatch never = new CountDownLatch(1);
  private final Set<String> away = ConcurrentHashMap.newKeySet();
  private final Set<String> back = ConcurrentHashMap.newKeySet();

  @AfterEach
  void close() throws IOException {
    wire.fallSilent();
    queue.close();
    wire.close();
  }

  @AfterAll
  static void stop() {
    REDIS.close();
  }

  private static CutWire wire() {
    try {
      return new CutWire(REDIS.uri());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Stream<Trouble> all() {
    return Trouble.TABLE.stream();
  }

  /** Those that pass so soon that a test can wait for each loop to try again. */
  static Stream<Trouble> soon() {
    return all()
        .filter(row -> row.treatment() != Treatment.STOP && row.retryAfter().toSeconds() < 2);
  }

  @ParameterizedTest
  @MethodSource("all")
  void rowIsFoundAlsoInsideAScriptOfAnOlderServer(Trouble row) {
    assertThat(Trouble.of(new JedisDataException(text(row)))).isEqualTo(row);
    String older = "ERR Error running script (call to f_ab12): @user_script:7: -" + text(row);
    assertThat(Trouble.of(new JedisDataException(older))).isEqualTo(row);
    assertThat(Trouble.of(new JedisException("no connection", new JedisDataException(text(row)))))
        .isEqualTo(row);
  }

  @Test
  void brokenConnectionsAndSilenceAreToldApartAndTheRestIsUnknown() {
    assertThat(Trouble.of(new JedisConnectionException("Unexpected end of stream.")))
        .isEqualTo(Trouble.BROKEN);
    assertThat(
            Trouble.of(new JedisConnectionException(new SocketTimeoutException("Read timed out"))))
        .isEqualTo(Trouble.SILENT);
    assertThat(Trouble.of(new JedisDataException("ERR what is this"))).isEqualTo(Trouble.UNKNOWN);
  }

  @ParameterizedTest
  @MethodSource("all")
  void callerIsToldWhenToTryAgainOrWhatToChange(Trouble row) {
    wire.say(text(row));
    Throwable told = catchThrowable(() -> queue.enqueue(job()));
    wire.fallSilent();
    if (row.treatment() == Treatment.STOP) {
      assertThat(told).isInstanceOf(ConfigException.class).hasMessageContaining(row.advice());
    } else {
      assertThat(told).isInstanceOf(QueueUnavailableException.class);
      assertThat(((QueueUnavailableException) told).retryAfter()).isEqualTo(row.retryAfter());
      assertThat(told).hasMessageContaining(row.advice());
    }
    assertThat(queue.enqueue(job())).isInstanceOf(Receipt.Accepted.class);
  }

  @ParameterizedTest
  @MethodSource("soon")
  void everyLoopGoesOnWhenItHasPassed(Trouble row) {
    try (Worker worker = worker()) {
      worker.start();
      finished(job());
      Job running = Job.of(UUID.randomUUID(), "hold", "{}");
      queue.enqueue(running);
      await().until(() -> state(running) == JobState.RUNNING);
      wire.say(text(row));
      await().atMost(ofSeconds(15)).untilAsserted(() -> assertThat(away).containsAll(LOOPS));
      wire.fallSilent();
      await().atMost(ofSeconds(15)).untilAsserted(() -> assertThat(back).containsAll(LOOPS));
      finished(job());
    }
  }

  /** Its host's limit of requests asks for 30 s of patience, and leases last for 3. */
  @Test
  void renewalTriesAgainSoonHoweverLongTheStoreAsksItToWait() {
    try (Worker worker = worker()) {
      worker.start();
      Job running = Job.of(UUID.randomUUID(), "hold", "{}");
      queue.enqueue(running);
      await().until(() -> state(running) == JobState.RUNNING);
      wire.say("ERR max requests limit exceeded. Limit: 10000, Usage: 10000.");
      await().until(() -> away.contains("grizz-renew"));
      wire.fallSilent();
      await().atMost(ofSeconds(3)).until(() -> back.contains("grizz-renew"));
    }
  }

  @Test
  void renewalThatGetsNoAnswerGivesUpInAPartOfTheLease() {
    try (Consumer consumer = queue.join("silence")) {
      queue.enqueue(job());
      List<Lease> leases = consumer.take(1, Set.of()).leases();
      assertThat(consumer.renew(leases).lost()).isEmpty();
      wire.swallow();
      long asked = System.nanoTime();
      assertThatThrownBy(() -> consumer.renew(leases))
          .isInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(() -> consumer.renew(leases))
          .isInstanceOf(QueueUnavailableException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(config.leases().lease());
    }
  }

  @Test
  void jobsOfAWorkerThatCannotRenewAreStoppedInTimeAndGivenBackAtNoCost() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    Set<Integer> runs = new HashSet<>();
    try (Worker worker =
        Worker.of(
                queue,
                "cut-off",
                config.leases(),
                WorkerConfig.STANDARD,
                Map.of(
                    "greet",
                    job -> {
                      if (runs.add(job.lease().run()) && runs.size() == 1) {
                        try {
                          never.await();
                        } finally {
                          interrupted.countDown();
                        }
                      }
                      return Outcome.done();
                    }))
            .heardBy(this::note)) {
      worker.start();
      Job job = job();
      queue.enqueue(job);
      await().until(() -> state(job) == JobState.RUNNING);
      wire.say("LOADING Redis is loading the dataset in memory");
      assertThat(interrupted.await(3, TimeUnit.SECONDS)).isTrue();
      wire.fallSilent();
      await().atMost(ofSeconds(10)).until(() -> state(job) == JobState.COMPLETED);
      JobView view = queue.find(job.id()).orElseThrow();
      assertThat(view.counters().crashes()).isZero();
      assertThat(view.counters().attempts()).isZero();
      assertThat(view.counters().interruptions()).isEqualTo(1);
    }
  }

  private Worker worker() {
    return Worker.of(
            queue,
            "w-" + UUID.randomUUID(),
            config.leases(),
            WorkerConfig.STANDARD,
            Map.of(
                "greet",
                job -> Outcome.done(),
                "hold",
                job -> {
                  never.await();
                  return Outcome.done();
                }))
        .heardBy(this::note);
  }

  private void note(JobEvent event) {
    switch (event) {
      case JobEvent.StoreAway(String loop, var why) -> away.add(loop);
      case JobEvent.StoreBack(String loop, Duration time) -> back.add(loop);
      default -> {}
    }
  }

  private void finished(Job job) {
    await().ignoreExceptions().until(() -> queue.enqueue(job) != null);
    await().ignoreExceptions().until(() -> state(job) == JobState.COMPLETED);
  }

  private JobState state(Job job) {
    return queue.find(job.id()).orElseThrow().state();
  }

  private static Job job() {
    return Job.of(UUID.randomUUID(), "greet", "{}");
  }

  private static String text(Trouble row) {
    return row.begins() + (row.begins().equals("MOVED") ? " 1 127.0.0.1:1" : " said by a test");
  }
}
