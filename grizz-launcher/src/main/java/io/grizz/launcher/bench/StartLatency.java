package io.grizz.launcher.bench;

import io.grizz.api.Handler;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.Outcome;
import io.grizz.worker.Worker;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/** From the call of enqueue to the first line of the handler, at a steady 200 jobs a second. */
final class StartLatency {

  private static final int WARM_UP = 400;
  private static final long PACE_NANOS = 1_000_000_000L / 200;
  private static final double NANOS_PER_MILLI = 1e6;

  private StartLatency() {}

  static List<Row> measure(Bench bench, int paced) throws InterruptedException {
    bench.progress().accept("enqueue to start, " + paced + " jobs at 200 a second");
    String name = "bench-latency";
    int jobs = WARM_UP + paced;
    AtomicLongArray sent = new AtomicLongArray(jobs);
    AtomicLongArray started = new AtomicLongArray(jobs);
    CountDownLatch left = new CountDownLatch(jobs);
    Handler noting =
        job -> {
          started.set(Integer.parseInt(job.lease().job().payload()), System.nanoTime());
          left.countDown();
          return Outcome.done();
        };
    try (JobQueue queue = bench.open(name);
        Worker worker =
            bench.worker(queue, 100, Map.of(Bench.NOOP, noting), JobEvent.Listener.NONE)) {
      worker.start();
      long due = System.nanoTime();
      for (int i = 0; i < jobs; i++) {
        await(due);
        sent.set(i, System.nanoTime());
        Bench.requireAccepted(queue.enqueue(Bench.job(Bench.NOOP, String.valueOf(i))));
        due += PACE_NANOS;
      }
      left.await();
    } finally {
      bench.meter().forget(name);
    }
    double[] millis = new double[jobs];
    Arrays.setAll(millis, i -> (started.get(i) - sent.get(i)) / NANOS_PER_MILLI);
    Samples samples = new Samples(Arrays.copyOfRange(millis, WARM_UP, jobs));
    return List.of(
        Row.of("enqueue to start at 200 jobs/s, p50", Figure.millis(samples.median()))
            .atMost(Figure.millis(0.7)),
        Row.of("enqueue to start at 200 jobs/s, p99", Figure.millis(samples.percentile(99)))
            .atMost(Figure.millis(1.6)));
  }

  private static void await(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
