package io.grizz.launcher.bench;

import io.grizz.api.Job;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.Outcome;
import io.grizz.launcher.bench.QueueBench.Part;
import io.grizz.launcher.bench.QueueBench.Size;
import io.grizz.worker.Worker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.ToDoubleFunction;

/**
 * Grizz and the raw limit in turns, on one server: single round trips swing with the phases of a
 * host, so only neighbours in time are compared.
 */
final class Rounds {

  private static final int CONCURRENCY = 100;
  private static final int RAW_BATCH = 500;
  private static final String PAYLOAD = "{\"text\":\"" + "x".repeat(100) + "\"}";

  private final Bench bench;
  private final Size size;

  private Rounds(Bench bench, Size size) {
    this.bench = bench;
    this.size = size;
  }

  /**
   * One side of one round.
   *
   * @param enqueue one by one, a second
   * @param bulk in bulk, a second
   * @param drain taken and completed, a second
   * @param used by the drain
   */
  private record Side(double enqueue, double bulk, double drain, ServerMeter.Reading used) {}

  private record Round(Side raw, Side grizz) {
    double ratio(ToDoubleFunction<Side> figure) {
      return figure.applyAsDouble(grizz) / figure.applyAsDouble(raw);
    }
  }

  static Found run(Bench bench, Size size) throws InterruptedException {
    Rounds rounds = new Rounds(bench, size);
    List<Round> all = new ArrayList<>();
    for (int i = 0; i < size.rounds(); i++) {
      bench.progress().accept("enqueue and drain, round " + (i + 1) + " of " + size.rounds());
      all.add(rounds.round(i));
    }
    return new Found(size.rounds() > 1 ? all.subList(1, all.size()) : all, size.many());
  }

  /** Whoever is second may find the server warmer, so they take turns in that as well. */
  private Round round(int number) throws InterruptedException {
    if (number % 2 == 0) {
      Side raw = raw();
      return new Round(raw, grizz());
    }
    Side grizz = grizz();
    return new Round(raw(), grizz);
  }

  private Side raw() {
    String name = "bench-raw";
    try (RawQueue queue = new RawQueue(bench.redis(), name)) {
      List<String> batch = Collections.nCopies(RAW_BATCH, PAYLOAD);
      long begin = System.nanoTime();
      for (int i = 0; i < size.single(); i++) {
        queue.enqueue(PAYLOAD);
      }
      double enqueue = rate(size.single(), begin);
      drainRaw(queue, size.single());
      begin = System.nanoTime();
      for (int left = size.many(); left > 0; left -= RAW_BATCH) {
        queue.enqueueAll(batch.subList(0, Math.min(left, RAW_BATCH)));
      }
      double bulk = rate(size.many(), begin);
      ServerMeter.Reading before = bench.meter().read();
      begin = System.nanoTime();
      drainRaw(queue, size.many());
      double drain = rate(size.many(), begin);
      return new Side(enqueue, bulk, drain, bench.meter().read().since(before));
    } finally {
      bench.meter().forget(name);
    }
  }

  private static void drainRaw(RawQueue queue, int jobs) {
    for (int left = jobs; left > 0; ) {
      left -= queue.drain(CONCURRENCY);
    }
  }

  private Side grizz() throws InterruptedException {
    String name = "bench-grizz";
    try (JobQueue queue = bench.open(name)) {
      List<Job> single = Bench.jobs(Bench.NOOP, PAYLOAD, size.single());
      long begin = System.nanoTime();
      for (Job job : single) {
        Bench.requireAccepted(queue.enqueue(job));
      }
      double enqueue = rate(size.single(), begin);
      drain(queue, size.single());
      List<Job> many = Bench.jobs(Bench.NOOP, PAYLOAD, size.many());
      begin = System.nanoTime();
      Bench.enqueue(queue, many);
      double bulk = rate(size.many(), begin);
      ServerMeter.Reading before = bench.meter().read();
      double drain = drain(queue, size.many());
      return new Side(enqueue, bulk, drain, bench.meter().read().since(before));
    } finally {
      bench.meter().forget(name);
    }
  }

  /** Drains all jobs by one worker; a second. */
  private double drain(JobQueue queue, int jobs) throws InterruptedException {
    CountDownLatch left = new CountDownLatch(jobs);
    JobEvent.Listener counting =
        event -> {
          if (event instanceof JobEvent.Ended) {
            left.countDown();
          }
        };
    try (Worker worker =
        bench.worker(queue, CONCURRENCY, Map.of(Bench.NOOP, job -> Outcome.done()), counting)) {
      long begin = System.nanoTime();
      worker.start();
      left.await();
      return rate(jobs, begin);
    }
  }

  private static double rate(int jobs, long beginNanos) {
    return jobs * 1e9 / (System.nanoTime() - beginNanos);
  }

  /**
   * What the rounds found.
   *
   * @param drained jobs of each round
   */
  record Found(List<Round> rounds, int drained) {

    List<Row> rows(Set<Part> parts) {
      List<Row> rows = new ArrayList<>();
      if (parts.contains(Part.ENQUEUE)) {
        rows.add(rate("enqueue, one by one, one thread", Side::enqueue, 0.65));
      }
      if (parts.contains(Part.BULK)) {
        rows.add(rate("enqueue, in bulk", Side::bulk, 0.70));
      }
      if (parts.contains(Part.DRAIN)) {
        rows.add(rate("drain no-op jobs, 100 at once", Side::drain, 0.55));
      }
      if (parts.contains(Part.COST)) {
        rows.add(
            compared("Redis commands a drained job", side -> commands(side), Figure.Unit.COUNT)
                .atMost(Figure.count(12)));
        rows.add(
            compared("Redis CPU a drained job", side -> cpu(side), Figure.Unit.MICROS)
                .atMost(Figure.micros(30)));
      }
      return rows;
    }

    List<String> notes(Set<Part> parts) {
      if (!parts.contains(Part.COST)) {
        return List.of();
      }
      Round last = rounds.getLast();
      return List.of(
          "Commands a drained job, Grizz: " + last.grizz().used().perJob(drained) + ".",
          "Commands a drained job, raw: " + last.raw().used().perJob(drained) + ".");
    }

    private double commands(Side side) {
      return side.used().commands() / drained;
    }

    private double cpu(Side side) {
      return side.used().cpuMicros() / drained;
    }

    private Row rate(String what, ToDoubleFunction<Side> figure, double goal) {
      return compared(what, figure, Figure.Unit.PER_SECOND).atLeast(Figure.ratio(goal));
    }

    private Row compared(String what, ToDoubleFunction<Side> figure, Figure.Unit unit) {
      double grizz = median(round -> figure.applyAsDouble(round.grizz()));
      double raw = median(round -> figure.applyAsDouble(round.raw()));
      return Row.of(what, new Figure(grizz, unit))
          .beside(new Figure(raw, unit), median(round -> round.ratio(figure)));
    }

    private double median(ToDoubleFunction<Round> figure) {
      return new Samples(rounds.stream().mapToDouble(figure).toArray()).median();
    }
  }
}
