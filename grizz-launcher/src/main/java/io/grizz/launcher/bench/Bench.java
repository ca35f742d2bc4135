package io.grizz.launcher.bench;

import io.grizz.api.Handler;
import io.grizz.api.Job;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.api.Receipt;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The place where something is measured: a server, and how to get a queue and workers at it.
 *
 * @param progress is told each step
 */
record Bench(URI redis, ServerMeter meter, Consumer<String> progress) {

  /** A type of job that does nothing. */
  static final String NOOP = "noop";

  private static final int CAPACITY = 1_000_000;

  /** The settings of every measured queue: those of a user, but for room for all jobs. */
  static QueueConfig config(String queue) {
    return QueueConfig.named(queue).withCapacity(CAPACITY, CAPACITY);
  }

  JobQueue open(String queue) {
    return RedisQueue.open(RedisConfig.at(redis), config(queue));
  }

  /** A worker in this process; the caller starts it. */
  Worker worker(
      JobQueue queue, int concurrency, Map<String, Handler> handlers, JobEvent.Listener listener) {
    return Worker.of(
            queue,
            "bench-" + UUID.randomUUID(),
            config("any").leases(),
            WorkerConfig.STANDARD.withConcurrency(concurrency),
            handlers)
        .heardBy(listener);
  }

  static Job job(String type, String payload) {
    return Job.of(UUID.randomUUID(), type, payload);
  }

  static List<Job> jobs(String type, String payload, int count) {
    return Stream.generate(() -> job(type, payload)).limit(count).toList();
  }

  /** Enqueues all of them, or there is nothing to measure. */
  static void enqueue(JobQueue queue, List<Job> jobs) {
    queue.enqueueAll(jobs).forEach(Bench::requireAccepted);
  }

  static void requireAccepted(Receipt receipt) {
    if (!(receipt instanceof Receipt.Accepted)) {
      throw new IllegalStateException("a job was not accepted: " + receipt);
    }
  }
}
