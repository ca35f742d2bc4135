package io.grizz.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A queue of its own for each test, with two workers at it. */
abstract class QueueFixture {

  static final Set<UUID> NONE = Set.of();
  static final int DEAD_LETTERS = 8;
  static final int ENDED_JOBS = 40;

  JobQueue queue;
  Consumer worker;
  Consumer other;

  /** Opens a queue that nobody else uses. */
  protected abstract JobQueue open(QueueConfig config);

  /** Lets {@code time} pass for the queue. */
  protected abstract void pass(Duration time);

  /** The leases of the queue. */
  QueueConfig.Leases leases() {
    return QueueConfig.Leases.STANDARD;
  }

  private QueueConfig config() {
    return QueueConfig.named("q" + UUID.randomUUID().toString().substring(0, 8))
        .withLeases(leases())
        .withCapacity(20, 10)
        .withRetention(
            new QueueConfig.Retention(
                Duration.ofHours(24),
                Duration.ofHours(1),
                Duration.ofMinutes(15),
                Duration.ofHours(24),
                DEAD_LETTERS,
                ENDED_JOBS));
  }

  @BeforeEach
  void openAndTakeOnceSoThatTheBellKnowsTheLanes() {
    queue = open(config());
    worker = queue.join("worker-1");
    other = queue.join("worker-2");
    assertThat(worker.take(1, NONE).leases()).isEmpty();
  }

  @AfterEach
  void close() {
    worker.close();
    other.close();
    queue.close();
  }

  Job enqueued(String type) {
    Job job = Job.of(UUID.randomUUID(), type, "{\"n\":1}");
    assertThat(queue.enqueue(job)).isInstanceOf(Receipt.Accepted.class);
    return job;
  }

  Job enqueued(Priority priority) {
    Job job =
        Job.of(UUID.randomUUID(), "greet", "{}").with(Job.Sender.ANONYMOUS.withPriority(priority));
    assertThat(queue.enqueue(job)).isInstanceOf(Receipt.Accepted.class);
    return job;
  }

  Job streaming() {
    Job job = Job.of(UUID.randomUUID(), "greet", "{}").with(Job.Output.streaming("log1"));
    assertThat(queue.enqueue(job)).isInstanceOf(Receipt.Accepted.class);
    return job;
  }

  JobView view(Job job) {
    return queue.find(job.id()).orElseThrow();
  }

  static Lease only(Consumer.Taken taken) {
    assertThat(taken.leases()).hasSize(1);
    return taken.leases().getFirst();
  }
}
