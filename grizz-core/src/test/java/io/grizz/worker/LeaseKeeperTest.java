package io.grizz.worker;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ConfigException;
import io.grizz.api.Consumer;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Settlement;
import io.grizz.memory.ManualClock;
import io.grizz.memory.MemoryQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Which runs are stopped when a renewal fails, or answers late, on a clock that the test moves. */
class LeaseKeeperTest {

  private final QueueConfig config = QueueConfig.named("leases");
  private final ManualClock clock = ManualClock.at(Instant.parse("2026-11-24T12:00:00Z"));
  private final JobQueue queue = MemoryQueue.open(config, clock);
  private final Map<String, Meddled.Instead> methods = new HashMap<>();
  private final Consumer store = queue.join("one");
  private final Consumer consumer = Meddled.consumer(store, methods);
  private final Runs runs = new Runs(8);
  private final LeaseKeeper keeper = new LeaseKeeper(consumer, runs, config.leases(), clock);

  @Test
  void runIsStoppedBeforeItsLeaseRunsOutHoweverLongTheRenewalTookToFail() {
    Run run = begun(Job.of(UUID.randomUUID(), "greet", "{}"));
    keeper.renew();
    methods.put(
        "renew",
        real -> {
          clock.advance(ofSeconds(7));
          throw new QueueUnavailableException("silence", ofSeconds(1), new IllegalStateException());
        });
    clock.advance(ofMillis(14_999));
    assertThatThrownBy(keeper::renew).isInstanceOf(QueueUnavailableException.class);
    keeper.fence();
    assertThat(run.stopped()).as("after 21 999 ms").isNull();

    clock.advance(ofMillis(1));
    keeper.fence();
    assertThat(run.stopped()).isEqualTo(Run.Stop.CUT_OFF);
  }

  @Test
  void leaseCountsFromBeforeItsRenewalWasAskedFor() {
    Run run = begun(Job.of(UUID.randomUUID(), "greet", "{}"));
    methods.put(
        "renew",
        real -> {
          Object answer = real.call();
          clock.advance(ofSeconds(12));
          return answer;
        });
    keeper.renew();
    clock.advance(ofSeconds(10));
    keeper.fence();
    assertThat(run.stopped()).isEqualTo(Run.Stop.CUT_OFF);
  }

  @Test
  void runIsStoppedInTimeAlsoWhenTheStoreRefusesToServeIt() {
    Run run = begun(Job.of(UUID.randomUUID(), "greet", "{}"));
    methods.put(
        "renew",
        real -> {
          throw new ConfigException("redis.url", "refused", "for a user who may run scripts");
        });
    clock.advance(ofSeconds(22));
    assertThatThrownBy(keeper::renew).isInstanceOf(ConfigException.class);
    keeper.fence();
    assertThat(run.stopped()).isEqualTo(Run.Stop.CUT_OFF);
  }

  @Test
  void runThatBeganSinceIsNotStoppedWithThoseBefore() {
    Run old = begun(Job.of(UUID.randomUUID(), "greet", "{}"));
    clock.advance(ofSeconds(20));
    Run young = begun(Job.of(UUID.randomUUID(), "greet", "{}"));
    clock.advance(ofSeconds(2));
    keeper.fence();
    assertThat(old.stopped()).isEqualTo(Run.Stop.CUT_OFF);
    assertThat(young.stopped()).isNull();
  }

  @Test
  void newRunGoesOnWhenTheLeaseOfAnEarlierOneIsSaidToBeLost() {
    Job job = Job.of(UUID.randomUUID(), "greet", "{}");
    Run first = begun(job);
    Run[] second = new Run[1];
    methods.put(
        "renew",
        real -> {
          store.settle(first.lease(), new Settlement.Release("busy"), Optional.empty());
          first.noteSettled();
          runs.remove(first);
          second[0] = run(only(consumer.take(1, Set.of())));
          runs.add(second[0]);
          return real.call();
        });
    keeper.renew();
    assertThat(second[0].lease().epoch()).isGreaterThan(first.lease().epoch());
    assertThat(second[0].stopped()).isNull();
    methods.clear();
    keeper.renew();
    assertThat(second[0].stopped()).isNull();
  }

  @Test
  void runThatIsRestartedMeanwhileGoesOn() {
    Run run = begun(Job.of(UUID.randomUUID(), "greet", "{}"));
    methods.put(
        "renew",
        real -> {
          assertThat(run.restart(run.lease().epoch() + 100)).isTrue();
          return real.call();
        });
    keeper.renew();
    assertThat(run.stopped()).isNull();

    methods.put(
        "restart",
        real -> {
          Object answer = real.call();
          methods.remove("renew");
          keeper.renew(); // with the epoch before, since its own is not known here yet
          return answer;
        });
    assertThat(run.restart(run.lease().epoch() + 100)).isTrue();
    assertThat(run.stopped()).isNull();
  }

  @Test
  void runWhoseLeaseMovedOnIsStopped() {
    Run run = begun(Job.of(UUID.randomUUID(), "greet", "{}"));
    queue.join("two").release("one");
    keeper.renew();
    assertThat(run.stopped()).isEqualTo(Run.Stop.LEASE_LOST);
  }

  private Run begun(Job job) {
    queue.enqueue(job);
    Run run = run(only(consumer.take(1, runs.ids())));
    runs.add(run);
    return run;
  }

  private Run run(Lease lease) {
    Clocks clocks =
        new Clocks(
            WorkerConfig.Timeouts.STANDARD, Duration.ofDays(1), System.nanoTime(), clock.instant());
    return new Run(
        lease, Moment.now(clock), consumer, RandomGenerator.getDefault(), clocks, new Hearing());
  }

  private static Lease only(Consumer.Taken taken) {
    assertThat(taken.leases()).hasSize(1);
    return taken.leases().getFirst();
  }
}
