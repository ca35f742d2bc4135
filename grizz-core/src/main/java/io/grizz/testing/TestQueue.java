package io.grizz.testing;

import io.grizz.Grizz;
import io.grizz.api.Consumer;
import io.grizz.api.DeadLetters;
import io.grizz.api.Doorbell;
import io.grizz.api.Handler;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.OutputPage;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueStats;
import io.grizz.api.Receipt;
import io.grizz.api.Reconciliation;
import io.grizz.api.WorkerView;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A queue that a test may look into: it remembers what was enqueued through it, and runs handlers
 * when the test says so.
 *
 * <p><b>Threads.</b> Safe for any number of threads; {@link #drain} runs handlers on the caller's.
 */
public final class TestQueue implements JobQueue {

  private final Grizz grizz;
  private final List<Job> enqueued = new CopyOnWriteArrayList<>();

  private TestQueue(Grizz grizz) {
    this.grizz = grizz;
  }

  /** A queue over another, which it closes in the end. */
  public static TestQueue on(Grizz grizz) {
    return new TestQueue(grizz);
  }

  /**
   * A queue in this process's memory, without a server.
   *
   * @param clock decides what is due; with a {@code ManualClock}, the test does
   */
  public static TestQueue inMemory(InstantSource clock) {
    return on(Grizz.inMemory(QueueConfig.named("test"), clock));
  }

  /** The same queue with all that {@link Grizz} can do; what it enqueues is not remembered here. */
  public Grizz grizz() {
    return grizz;
  }

  /** The jobs that were accepted through this, in their order. */
  public List<Job> enqueued() {
    return List.copyOf(enqueued);
  }

  /** Those of one type. */
  public List<Job> enqueued(String type) {
    return enqueued.stream().filter(job -> job.type().equals(type)).toList();
  }

  /**
   * Runs what may run now, one job after the other on the calling thread, until nothing is left
   * that is due; what they enqueue for now is run, too. What is due later waits for a later call.
   *
   * @param handlers by job type
   * @return the runs, in their order
   * @throws IllegalStateException when a job waits that has no handler; it goes on waiting
   */
  public List<Ran> drain(Map<String, Handler> handlers) throws InterruptedException {
    List<Ran> all = new ArrayList<>();
    grizz.drain(
        handlers, (lease, outcome) -> all.add(new Ran(lease.job(), lease.attempt(), outcome)));
    return List.copyOf(all);
  }

  @Override
  public Receipt enqueue(Job job) {
    return remembered(job, queue().enqueue(job));
  }

  @Override
  public List<Receipt> enqueueAll(List<Job> jobs) {
    List<Receipt> receipts = queue().enqueueAll(jobs);
    for (int i = 0; i < receipts.size(); i++) {
      remembered(jobs.get(i), receipts.get(i));
    }
    return receipts;
  }

  @Override
  public Optional<JobView> find(UUID id) {
    return queue().find(id);
  }

  @Override
  public Optional<JobState> cancel(UUID id) {
    return queue().cancel(id);
  }

  @Override
  public void pause(Instant until) {
    queue().pause(until);
  }

  @Override
  public void resume() {
    queue().resume();
  }

  @Override
  public QueueStats stats() {
    return queue().stats();
  }

  @Override
  public List<WorkerView> workers() {
    return queue().workers();
  }

  @Override
  public Optional<OutputPage> output(UUID id, long after) {
    return queue().output(id, after);
  }

  @Override
  public DeadLetters deadLetters() {
    return queue().deadLetters();
  }

  @Override
  public Doorbell doorbell(Doorbell.Listener listener) {
    return queue().doorbell(listener);
  }

  @Override
  public Reconciliation reconciliation() {
    return queue().reconciliation();
  }

  @Override
  public Consumer join(String incarnation) {
    return queue().join(incarnation);
  }

  @Override
  public void close() {
    grizz.close();
  }

  private JobQueue queue() {
    return grizz.queue();
  }

  private Receipt remembered(Job job, Receipt receipt) {
    if (receipt instanceof Receipt.Accepted) {
      enqueued.add(job);
    }
    return receipt;
  }
}
