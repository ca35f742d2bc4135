package io.grizz.api;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.Settlement.Release;
import io.grizz.api.Settlement.Retry;
import io.grizz.api.Settlement.Snooze;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every {@link JobQueue} does with jobs that have killed two workers. */
public abstract class SuspectContract extends QueueFixture {

  /** So short that a suspect's patience, a third of one, can be waited for. */
  @Override
  Leases leases() {
    return new Leases(ofSeconds(1), ofMillis(300), ofSeconds(1), ofSeconds(1));
  }

  @Test
  void suspectsThatArePutOffOrRetriedStillStartAlone() {
    suspect();
    suspect();
    for (Settlement settlement :
        new Settlement[] {new Snooze(ZERO, "busy"), new Retry(ZERO, "failed")}) {
      for (int i = 0; i < 2; i++) {
        settle(only(worker.take(10, NONE)), settlement);
      }
      pass(ofMillis(100));
      assertThat(worker.tend().promoted()).isEqualTo(2);
      assertThat(other.take(10, Set.of(UUID.randomUUID())).leases()).isEmpty();
    }
    assertThat(only(worker.take(10, NONE)).counters()).isEqualTo(new Counters(1, 2, 1, 0));
  }

  @Test
  void suspectsThatComeBackDuringAPauseStillStartAlone() {
    suspect();
    Lease first = only(worker.take(10, NONE));
    suspect();
    Lease second = only(other.take(10, NONE));
    queue.pause(Instant.now().plus(ofHours(1)));
    settle(first, new Release("deploy"));
    other.settle(second, new Release("deploy"), Optional.empty());
    queue.resume();
    only(worker.take(10, NONE));
    only(other.take(10, NONE));
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "3, 2", "5, 4"})
  void jobStartsAloneWhenAWorkerMoreThatItKillsWouldBeTheLast(int most, int crashes) {
    QueueConfig config =
        QueueConfig.named("crash" + UUID.randomUUID().toString().substring(0, 8)).withCrashes(most);
    try (JobQueue lines = open(config);
        Consumer busy = lines.join("busy");
        Consumer idle = lines.join("idle")) {
      lines.enqueue(Job.of(UUID.randomUUID(), "greet", "{}"));
      for (int crash = 1; crash <= crashes; crash++) {
        try (Consumer victim = lines.join("victim-" + crash)) {
          assertThat(victim.take(10, Set.of(UUID.randomUUID())).leases())
              .as("before crash %d", crash)
              .hasSize(1);
          idle.release("victim-" + crash);
        }
      }
      assertThat(busy.take(10, Set.of(UUID.randomUUID())).leases()).isEmpty();
      assertThat(idle.take(10, NONE).leases()).hasSize(1);
    }
  }

  @Test
  void suspectThatHasWaitedLongMakesOneProcessRunDryAndStartsThere() {
    Job suspect = suspect();
    Set<UUID> busy = Set.of(UUID.randomUUID());
    enqueued("greet");
    only(worker.take(1, busy));
    pass(ofMillis(400));
    enqueued("greet");
    enqueued("greet");
    assertThat(worker.take(1, busy).leases()).as("it runs dry").isEmpty();
    only(other.take(1, busy));
    assertThat(worker.take(1, busy).leases()).as("it runs dry").isEmpty();
    Lease lease = only(worker.take(10, NONE));
    assertThat(lease.job().id()).isEqualTo(suspect.id());
    only(worker.take(1, Set.of(suspect.id())));
  }

  @Test
  void processWhoseJobsDoNotEndRunsDryForTwoLeasesOnly() {
    suspect();
    Set<UUID> busy = Set.of(UUID.randomUUID());
    enqueued("greet");
    pass(ofMillis(400));
    assertThat(worker.take(1, busy).leases()).isEmpty();
    pass(ofMillis(2_100));
    only(worker.take(1, busy));
  }

  /** A job that has killed two workers, and waits. */
  private Job suspect() {
    Job job = enqueued("greet");
    Consumer victim = queue.join("victim");
    for (int crash = 1; crash <= 2; crash++) {
      Lease lease = only(victim.take(1, Set.of(UUID.randomUUID())));
      assertThat(lease.job().id()).isEqualTo(job.id());
      other.release("victim");
    }
    victim.close();
    return job;
  }

  private void settle(Lease lease, Settlement settlement) {
    assertThat(worker.settle(lease, settlement, Optional.empty())).isEqualTo(Settled.SETTLED);
  }
}
