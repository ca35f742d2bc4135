package io.grizz.launcher.bench;

import io.grizz.launcher.bench.RecordBench.Size;
import io.grizz.launcher.bench.RecordRounds.Pair;
import io.grizz.postgres.SessionScope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The same reads by a thousand virtual threads, and by as many of the platform as connections. */
final class ThreadPairs {

  private static final int VIRTUAL = 1_000;
  private static final int PAIRS = 5;

  private ThreadPairs() {}

  static List<Pair> run(SessionScope scope, Size size, int connections) throws Exception {
    List<Pair> pairs = new ArrayList<>();
    // why one more: the first warms up
    for (int i = 0; i <= PAIRS; i++) {
      double many = rate(Executors.newVirtualThreadPerTaskExecutor(), VIRTUAL, scope, size);
      double few = rate(Executors.newFixedThreadPool(connections), connections, scope, size);
      if (i > 0) {
        pairs.add(new Pair(many, few));
      }
    }
    return pairs;
  }

  private static double rate(ExecutorService executor, int threads, SessionScope scope, Size size)
      throws Exception {
    int each = Math.max(1, size.reads() / threads);
    List<Callable<Integer>> work = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      work.add(() -> reads(scope, each));
    }
    try (executor) {
      long begin = System.nanoTime();
      for (Future<Integer> done : executor.invokeAll(work)) {
        done.get();
      }
      return threads * (double) each * 1e9 / (System.nanoTime() - begin);
    }
  }

  private static int reads(SessionScope scope, int times) {
    int sum = 0;
    for (int i = 0; i < times; i++) {
      sum += scope.read("one", session -> session.one("select 1 as n", row -> row.integer("n")));
    }
    return sum;
  }
}
