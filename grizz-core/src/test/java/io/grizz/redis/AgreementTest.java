package io.grizz.redis;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grizz.api.ConfigException;
import io.grizz.api.Consumer;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Receipt;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;
import redis.clients.jedis.resps.StreamConsumerInfo;

/** What a queue keeps about itself in Redis, and what real states of a server do to it. */
@Execution(ExecutionMode.CONCURRENT)
class AgreementTest {

  private static final Set<UUID> NONE = Set.of();

  private final TestRedis server = new TestRedis();
  private final Jedis redis = new Jedis(server.uri());
  private final String name = "a" + UUID.randomUUID().toString().substring(0, 8);
  private final String meta = "grizz:{" + name + "}:meta";
  private final QueueConfig config =
      QueueConfig.named(name)
          .withLeases(new Leases(ofSeconds(1), ofMillis(300), ofMillis(500), ofSeconds(1)))
          .withCapacity(100, 50);
  private final JobQueue queue = server.open(config);

  @AfterEach
  void close() {
    queue.close();
    redis.close();
    server.close();
  }

  @Test
  void dataOfANewerVersionAreRefusedAndLeftAlone() {
    redis.hset(meta, "settings", "version=2 lease=1000");
    assertThatThrownBy(() -> queue.enqueue(job()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is 2")
        .hasMessageContaining("1 or older");
    Consumer worker = queue.join("w");
    assertThatThrownBy(() -> worker.take(1, NONE)).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> queue.cancel(UUID.randomUUID())).isInstanceOf(ConfigException.class);
    assertThat(redis.keys("grizz:*")).containsExactly(meta);
    assertThat(redis.hgetAll(meta)).isEqualTo(Map.of("settings", "version=2 lease=1000"));
    worker.close();
  }

  @Test
  void versionThatCameMeanwhileIsRefusedAsWell() {
    queue.enqueue(job());
    redis.hset(meta, "settings", "version=2 lease=1000");
    assertThatThrownBy(() -> queue.enqueue(job())).isInstanceOf(ConfigException.class);
  }

  @Test
  void otherSettingsAreRefusedWithBothValuesWhileAWorkerLives() {
    Consumer worker = queue.join("w");
    worker.take(1, NONE);
    try (JobQueue larger = server.open(config.withCapacity(200, 50))) {
      assertThatThrownBy(() -> larger.enqueue(job()))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("queue.capacity")
          .hasMessageContaining("200 here and 100 for the workers");
      assertThat(queue.enqueue(job())).isInstanceOf(Receipt.Accepted.class);
      worker.leave();
      assertThat(larger.enqueue(job())).isInstanceOf(Receipt.Accepted.class);
      // One came anew, the other had agreed: without workers they do not take turns.
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> queue.enqueue(job()))
            .isInstanceOf(ConfigException.class)
            .hasMessageContaining("100 here and 200 for the workers");
        assertThat(larger.enqueue(job())).isInstanceOf(Receipt.Accepted.class);
      }
      assertThat(worker.take(1, NONE).leases()).as("a worker decides").hasSize(1);
      assertThat(queue.enqueue(job())).isInstanceOf(Receipt.Accepted.class);
      assertThatThrownBy(() -> larger.enqueue(job())).isInstanceOf(ConfigException.class);
    }
    worker.close();
  }

  /** A worker that slept through a change of the lease counts by its own, which was shorter. */
  @Test
  void workerThatDisagreesJudgesNobodyAndMayOnlyLeave() {
    Consumer stale = queue.join("stale");
    Job dead = job();
    queue.enqueueAll(List.of(dead, job()));
    List<Lease> leases = stale.take(2, NONE).leases();
    settled(stale, leases.getFirst(), new Settlement.DeadLetter("bad"));
    redis.del("grizz:{" + name + "}:workers"); // it was silent for long
    Leases longer = new Leases(ofSeconds(60), ofSeconds(1), ofSeconds(1), ofSeconds(1));
    try (JobQueue others = server.open(config.withLeases(longer))) {
      Consumer live = others.join("live");
      Job running = job();
      others.enqueue(running);
      assertThat(live.take(1, NONE).leases()).hasSize(1);
      TestRedis.pass(ofMillis(1_200));
      assertThatThrownBy(stale::reap)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("queue.lease");
      assertThatThrownBy(stale::tend).isInstanceOf(ConfigException.class);
      assertThatThrownBy(stale::clear).isInstanceOf(ConfigException.class);
      assertThatThrownBy(() -> queue.cancel(running.id())).isInstanceOf(ConfigException.class);
      assertThatThrownBy(() -> queue.pause(Instant.now().plusSeconds(60)))
          .isInstanceOf(ConfigException.class);
      assertThatThrownBy(() -> queue.deadLetters().requeue(dead.id()))
          .isInstanceOf(ConfigException.class);
      assertThat(others.find(running.id()).orElseThrow().state()).isEqualTo(JobState.RUNNING);
      assertThat(stale.leave()).isEqualTo(1);
      live.close();
    }
    stale.close();
  }

  @Test
  void placeThatWasKeptForTooLongDoesNotCountWhenItsJobComes() {
    queue.enqueueAll(Stream.generate(AgreementTest::job).limit(99).toList());
    Job recorded = job().with(new Job.Output(Optional.empty(), true));
    redis.zadd("grizz:{" + name + "}:reserved", 1, recorded.id().toString());
    assertThat(queue.enqueueAll(List.of(recorded, job())).getLast())
        .isInstanceOf(Receipt.Overloaded.class);
  }

  @Test
  void namesOfWorkersThatAreGoneAreForgottenUnlessTheyHoldSomething() {
    Consumer gone = queue.join("gone");
    Consumer holder = queue.join("holder");
    Consumer here = queue.join("here");
    finishOne(gone);
    finishOne(here);
    queue.enqueue(job());
    assertThat(holder.take(1, NONE).leases()).hasSize(1);
    await()
        .atMost(ofSeconds(20))
        .pollInterval(ofMillis(200))
        .untilAsserted(() -> {
          here.take(1, Set.of(UUID.randomUUID()));
          assertThat(here.clear().map(stats -> names())).contains(Set.of("holder", "here"));
        });
    assertThat(queue.stats().running()).isEqualTo(1);
    here.close();
    holder.close();
    gone.close();
  }

  @Test
  void countThatWentWrongIsFoundAndPutRight() {
    queue.enqueue(job());
    redis.hincrBy(meta, "ready", 99);
    assertThat(queue.enqueue(job())).isInstanceOf(Receipt.Overloaded.class);
    Consumer worker = queue.join("w");
    assertThat(worker.clear()).isPresent();
    assertThat(redis.hget(meta, "ready")).isEqualTo("1");
    assertThat(redis.hget(meta, "drift")).isEqualTo("99");
    assertThat(queue.enqueue(job())).isInstanceOf(Receipt.Accepted.class);
    worker.close();
  }

  @Test
  void serverThatForgotEverythingIsOpenedAgain() {
    Consumer worker = queue.join("w");
    queue.enqueue(job());
    redis.flushAll();
    redis.scriptFlush();
    assertThat(worker.take(1, NONE).leases()).isEmpty();
    queue.enqueue(job());
    assertThat(worker.take(1, NONE).leases()).hasSize(1);
    worker.close();
  }

  @Test
  void fullServerRefusesAndKeepsNothingHalfDone() {
    queue.enqueue(job());
    redis.configSet("maxmemory", "1");
    assertUnavailable("OOM", ofSeconds(5));
    redis.configSet("maxmemory", "0");
    assertThat(queue.enqueue(job())).isInstanceOf(Receipt.Accepted.class);
    assertThat(queue.stats().waiting()).isEqualTo(2);
  }

  @Test
  void fullServerStillGivesOutWhatItHasAndTakesBackWhatIsDone() {
    Job waiting = job();
    List<Job> jobs = List.of(job(), job(), job(), waiting);
    queue.enqueueAll(jobs);
    Consumer worker = queue.join("w");
    redis.configSet("maxmemory", "1");
    List<Lease> leases = worker.take(3, NONE).leases();
    assertThat(leases).hasSize(3);
    assertThat(worker.renew(leases)).isEqualTo(new Consumer.Renewal(NONE, NONE));
    settled(worker, leases.get(0), new Settlement.Complete("1"));
    settled(worker, leases.get(1), new Settlement.Retry(ofMillis(1), "busy"));
    assertThat(queue.join("x").release("w").again()).isEqualTo(1);
    assertThat(queue.cancel(waiting.id())).contains(JobState.CANCELLED);
    assertThat(worker.tend().promoted()).isEqualTo(1);
    assertUnavailable("OOM", ofSeconds(5));
    redis.configSet("maxmemory", "0");
    assertThat(jobs)
        .extracting(it -> queue.find(it.id()).orElseThrow().state())
        .containsExactly(JobState.COMPLETED, JobState.READY, JobState.READY, JobState.CANCELLED);
    assertThat(queue.stats().waiting()).isEqualTo(2);
    worker.close();
  }

  @Test
  void replicaIsNotWrittenTo() {
    queue.enqueue(job());
    redis.replicaof("127.0.0.1", 1);
    assertUnavailable("READONLY", ofSeconds(1));
    redis.replicaofNoOne();
    assertThat(queue.enqueue(job())).isInstanceOf(Receipt.Accepted.class);
  }

  @Test
  void changedPasswordIsSaidAndARightOneHelps() {
    queue.enqueue(job());
    String password = redis.configGet("requirepass").get("requirepass");
    redis.configSet("requirepass", "another");
    redis.clientKill(
        new ClientKillParams().type(ClientType.NORMAL).skipMe(ClientKillParams.SkipMe.YES));
    await()
        .untilAsserted(() ->
            assertThatThrownBy(() -> queue.enqueue(job()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("redis.url")
                .hasMessageNotContaining("another"));
    redis.configSet("requirepass", password);
    assertThat(queue.enqueue(job())).isInstanceOf(Receipt.Accepted.class);
  }

  private void assertUnavailable(String code, Duration retryAfter) {
    assertThatThrownBy(() -> queue.enqueue(job()))
        .isInstanceOfSatisfying(
            QueueUnavailableException.class,
            told -> assertThat(told.retryAfter()).isEqualTo(retryAfter))
        .hasMessageContaining(code);
  }

  private static void settled(Consumer worker, Lease lease, Settlement settlement) {
    assertThat(worker.settle(lease, settlement, Optional.empty())).isEqualTo(Settled.SETTLED);
  }

  /** A name stands in a lane once something was delivered to it. */
  private void finishOne(Consumer worker) {
    queue.enqueue(job());
    Lease lease = worker.take(1, NONE).leases().getFirst();
    worker.settle(lease, new Settlement.Complete(""), Optional.empty());
    assertThat(names()).contains(worker.incarnation());
  }

  private Set<String> names() {
    return redis.xinfoConsumers2("grizz:{" + name + "}:ready:normal", "workers").stream()
        .map(StreamConsumerInfo::getName)
        .collect(Collectors.toSet());
  }

  private static Job job() {
    return Job.of(UUID.randomUUID(), "greet", "{}");
  }
}
