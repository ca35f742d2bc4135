package io.grizz.chaos;

import io.grizz.api.JobContext;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import io.grizz.api.Settlement;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A worker process to be mistreated. Writes a line into its journal for each run: {@code S} it
 * started, {@code C} it completed and its lease still held, {@code F} it was fenced, {@code G} it
 * was given back for another run.
 */
final class ChaosWorker {

  /** A type of job that kills its process. */
  static final String POISON = "poison";

  static final String WORK = "work";

  private ChaosWorker() {}

  /** Leases as short as this, and their times in proportion. */
  private static QueueConfig.Leases leases(Duration lease) {
    Duration reap = lease.dividedBy(3);
    Duration longest = QueueConfig.Leases.STANDARD.reap();
    return new QueueConfig.Leases(
        lease,
        lease.multipliedBy(3).dividedBy(10),
        reap.compareTo(longest) < 0 ? reap : longest,
        Duration.ofSeconds(2));
  }

  /** What senders and workers agree on. */
  static QueueConfig config(String queue, Duration lease) {
    return QueueConfig.named(queue).withLeases(leases(lease)).withCapacity(100_000, 100_000);
  }

  /**
   * Arguments: the address of Redis, the queue's name, the incarnation, the journal, the lease in
   * s.
   */
  public static void main(String[] args) throws Exception {
    QueueConfig config = config(args[1], Duration.ofSeconds(Long.parseLong(args[4])));
    Path journal = Path.of(args[3]);
    try (JobQueue queue = RedisQueue.open(RedisConfig.at(URI.create(args[0])), config);
        Worker worker =
            Worker.of(
                queue,
                args[2],
                config.leases(),
                WorkerConfig.STANDARD.withConcurrency(20),
                Map.of(WORK, ChaosWorker::work, POISON, ChaosWorker::poison))) {
      worker
          .heardBy(event -> {
            switch (event) {
              case JobEvent.Started(var lease) -> write(journal, Journal.STARTED, lease.job().id());
              case JobEvent.Fenced(var lease) -> write(journal, Journal.FENCED, lease.job().id());
              case JobEvent.Ended(var lease, Settlement.Complete done, var ran) ->
                  write(journal, Journal.COMPLETED, lease.job().id());
              case JobEvent.Ended(var lease, var other, var ran) ->
                  write(journal, Journal.GIVEN_BACK, lease.job().id());
              default -> {}
            }
          })
          .start();
      while (System.in.read() >= 0) {
        // why: the end of stdin is the end of the test
      }
    }
  }

  private static Outcome work(JobContext job) throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    long millis = Long.parseLong(job.lease().job().payload());
    for (int i = 0; i < 4; i++) {
      if (never.await(millis / 4, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("nobody counts it down");
      }
      job.emit(seq -> "{\"seq\":" + seq + ",\"epoch\":" + job.lease().epoch() + "}");
    }
    return new Outcome.Done(String.valueOf(job.lease().epoch()));
  }

  private static Outcome poison(JobContext job) {
    Runtime.getRuntime().halt(1);
    return Outcome.done();
  }

  private static void write(Path journal, char what, UUID job) {
    try {
      Files.writeString(
          journal, Journal.line(what, job), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
