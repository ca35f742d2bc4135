package io.grizz.launcher.bench;

import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.QueueStats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Many jobs that each wait for a second, at once in one worker process. */
final class WaitingJobs {

  private static final String ONE_SECOND = "1000";
  private static final int WARM_UP = 500;
  private static final long LOOK_NANOS = 2_000_000;

  private WaitingJobs() {}

  static List<Row> measure(Bench bench, int waiting) throws IOException {
    bench.progress().accept(waiting + " jobs that wait for a second, in one worker process");
    String name = "bench-waiting";
    try (JobQueue queue = bench.open(name);
        ChildWorker child = ChildWorker.start(bench, name, waiting)) {
      child.go();
      Bench.enqueue(queue, Bench.jobs(BenchWorker.WAIT, "1", WARM_UP));
      awaitIdle(queue);
      List<Job> jobs = Bench.jobs(BenchWorker.WAIT, ONE_SECOND, waiting);
      long begin = System.nanoTime();
      Bench.enqueue(queue, jobs);
      awaitIdle(queue);
      double seconds = (System.nanoTime() - begin) / 1e9;
      requireCompleted(queue, jobs);
      List<Row> rows = new ArrayList<>();
      rows.add(
          Row.of("%,d jobs that wait 1 s, all done".formatted(waiting), Figure.seconds(seconds))
              .atMost(Figure.seconds(2)));
      child
          .peak()
          .map(peak ->
              Row.of("peak memory of that worker process", peak).atMost(Figure.megabytes(350)))
          .ifPresent(rows::add);
      return rows;
    } finally {
      bench.meter().forget(name);
    }
  }

  private static void awaitIdle(JobQueue queue) {
    for (QueueStats stats = queue.stats();
        stats.waiting() + stats.running() > 0;
        stats = queue.stats()) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private static void requireCompleted(JobQueue queue, List<Job> jobs) {
    for (Job job : jobs) {
      JobState state = queue.find(job.id()).orElseThrow().state();
      if (state != JobState.COMPLETED) {
        throw new IllegalStateException("job " + job.id() + " is " + state);
      }
    }
  }
}
