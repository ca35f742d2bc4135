package io.grizz.launcher.bench;

import io.grizz.launcher.bench.RecordRounds.Pair;
import io.grizz.postgres.SessionScope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The same work by a thousand virtual threads, and by as many of the platform as connections. */
final class ThreadPairs {

  private static final int VIRTUAL = 1_000;
  private static final int PAIRS = 5;

  private ThreadPairs() {}

  /** Transactions that write a row, and wait for the disk. */
  static List<Pair> writing(SessionScope scope, int times, int connections) throws Exception {
    scope.inTransaction(
        "table", session -> session.update("create table bench_threads (n int not null)"));
    return pairs(
        () ->
            scope.inTransaction(
                "write", session -> session.update("insert into bench_threads values (?)", 1)),
        times,
        connections);
  }

  /** Transactions that find what they read in memory: hardly more than the way there and back. */
  static List<Pair> reading(SessionScope scope, int times, int connections) throws Exception {
    return pairs(
        () -> scope.read("one", session -> session.one("select 1 as n", row -> row.integer("n"))),
        times,
        connections);
  }

  private static List<Pair> pairs(Callable<Integer> work, int times, int connections)
      throws Exception {
    List<Pair> pairs = new ArrayList<>();
    // why one more: the first warms up
    for (int i = 0; i <= PAIRS; i++) {
      double many = rate(Executors.newVirtualThreadPerTaskExecutor(), VIRTUAL, work, times);
      double few = rate(Executors.newFixedThreadPool(connections), connections, work, times);
      if (i > 0) {
        pairs.add(new Pair(many, few));
      }
    }
    return pairs;
  }

  private static double rate(
      ExecutorService executor, int threads, Callable<Integer> work, int times) throws Exception {
    int each = Math.max(1, times / threads);
    List<Callable<Integer>> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      all.add(() -> repeated(work, each));
    }
    try (executor) {
      long begin = System.nanoTime();
      for (Future<Integer> done : executor.invokeAll(all)) {
        done.get();
      }
      return threads * (double) each * 1e9 / (System.nanoTime() - begin);
    }
  }

  private static int repeated(Callable<Integer> work, int times) throws Exception {
    int sum = 0;
    for (int i = 0; i < times; i++) {
      sum += work.call();
    }
    return sum;
  }
}
