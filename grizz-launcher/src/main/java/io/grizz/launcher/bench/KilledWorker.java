package io.grizz.launcher.bench;

import io.grizz.api.Handler;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.Outcome;
import io.grizz.worker.Worker;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;

/** From the kill of a worker with 20 running jobs until all of them have started elsewhere. */
final class KilledWorker {

  private static final int RUNNING = 20;
  private static final String LONG_MILLIS = "600000";
  private static final long LOOK_NANOS = 2_000_000;

  private KilledWorker() {}

  static List<Row> measure(Bench bench) throws IOException, InterruptedException {
    bench.progress().accept("a killed worker, released by who saw it end");
    double released = released(bench);
    bench.progress().accept("a killed worker that nobody saw end: its lease runs out in 30 s");
    double reaped = kill(bench, (heir, dead) -> {});
    return List.of(
        Row.of("killed worker, 20 jobs again, released", Figure.seconds(released))
            .atMost(Figure.seconds(1)),
        Row.of("killed worker, 20 jobs again, not released", Figure.seconds(reaped))
            .atMost(Figure.seconds(35)));
  }

  static double released(Bench bench) throws IOException, InterruptedException {
    return kill(bench, Worker::release);
  }

  /**
   * @param afterwards what the heir is told, with the name of the dead
   */
  private static double kill(Bench bench, BiConsumer<Worker, String> afterwards)
      throws IOException, InterruptedException {
    String name = "bench-killed";
    CountDownLatch again = new CountDownLatch(RUNNING);
    Handler counting =
        job -> {
          again.countDown();
          return Outcome.done();
        };
    try (JobQueue queue = bench.open(name);
        Worker heir =
            bench.worker(
                queue, RUNNING, Map.of(BenchWorker.WAIT, counting), JobEvent.Listener.NONE);
        ChildWorker victim = ChildWorker.start(bench, name, RUNNING)) {
      victim.go();
      Bench.enqueue(queue, Bench.jobs(BenchWorker.WAIT, LONG_MILLIS, RUNNING));
      while (queue.stats().running() < RUNNING) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
      heir.start();
      long begin = System.nanoTime();
      victim.kill();
      afterwards.accept(heir, victim.incarnation());
      again.await();
      return (System.nanoTime() - begin) / 1e9;
    } finally {
      bench.meter().forget(name);
    }
  }
}
