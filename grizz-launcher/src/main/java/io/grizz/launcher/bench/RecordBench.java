package io.grizz.launcher.bench;

import io.grizz.embedded.DataDirectory;
import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.postgres.Migrations;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.PostgresInspection;
import io.grizz.postgres.SessionScope;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Measures the record beside pgbench with as many statements, in turns on one server of its own,
 * which syncs to disk as any other.
 *
 * @param size how much of it
 * @param progress is told each step
 */
public record RecordBench(Size size, Consumer<String> progress) {

  private static final double SHARE = 0.6;
  private static final double OF_PLATFORM_THREADS = 0.8;
  private static final double LONGEST_ACCEPT = 3;
  private static final int CONNECTIONS = 4;

  /**
   * How much of it.
   *
   * @param rounds in which Grizz and pgbench alternate; the first one only warms up
   * @param messages of a round, and writes of each side of a pair of threads
   * @param reads of each side of a pair of threads
   */
  public record Size(int rounds, int messages, int reads) {
    /** Under two minutes in all. */
    public static final Size STANDARD = new Size(5, 2_000, 10_000);
  }

  /** Measures. */
  public Report run() throws Exception {
    progress.accept("starting a Postgres of its own");
    try (DataDirectory data = DataDirectory.temporary();
        EmbeddedPostgres postgres =
            EmbeddedPostgres.start(data.resolve("postgres"), 0, Duration.ZERO)) {
      return run(postgres.url());
    }
  }

  private Report run(URI url) throws Exception {
    PostgresConfig config = PostgresConfig.at(url).withPoolSize(CONNECTIONS);
    Migrations.run(config);
    Optional<PgBench> raw = PgBench.at(url);
    if (raw.isPresent()) {
      raw.get().prepare();
    }
    List<Row> rows = new ArrayList<>();
    try (SessionScope scope = SessionScope.open(config)) {
      RecordRounds rounds = new RecordRounds(scope, raw, size, CONNECTIONS);
      List<RecordRounds.Round> found = rounds.run(progress);
      rows.add(compared("accept", found, RecordRounds.Round::accept));
      rows.add(compared("finish", found, RecordRounds.Round::finish));
      progress.accept("accepting one by one");
      Samples alone = rounds.alone();
      rows.add(
          Row.of("accept one by one, p50", Figure.millis(alone.median()))
              .atMost(Figure.millis(LONGEST_ACCEPT)));
      rows.add(Row.of("accept one by one, p99", Figure.millis(alone.percentile(99))));
      progress.accept("threads in pairs");
      rows.add(threads("write", ThreadPairs.writing(scope, size.messages(), CONNECTIONS)));
      rows.add(threads("read", ThreadPairs.reading(scope, size.reads(), CONNECTIONS)));
    }
    List<Map.Entry<String, String>> ground = new ArrayList<>(Report.machine());
    ground.add(Map.entry("postgres", PostgresInspection.inspect(config) + ", embedded, fsync on"));
    List<String> notes = new ArrayList<>();
    if (raw.isEmpty()) {
      notes.add("No pgbench on this machine to compare with; it comes with Postgres.");
    }
    return new Report("grizz bench record", ground, raw.isPresent() ? "beside" : "", rows, notes);
  }

  private Row compared(
      String what,
      List<RecordRounds.Round> rounds,
      java.util.function.Function<RecordRounds.Round, RecordRounds.Pair> part) {
    List<RecordRounds.Pair> pairs = rounds.stream().map(part).toList();
    Samples grizz = samples(pairs.stream().mapToDouble(RecordRounds.Pair::grizz).toArray());
    Row row = Row.of(what + ", over 4 connections", Figure.perSecond(grizz.median()));
    if (pairs.getFirst().raw() == 0) {
      return row;
    }
    Samples raw = samples(pairs.stream().mapToDouble(RecordRounds.Pair::raw).toArray());
    Samples ratios = samples(pairs.stream().mapToDouble(it -> it.grizz() / it.raw()).toArray());
    return row.beside(Figure.perSecond(raw.median()), ratios.median()).atLeast(Figure.ratio(SHARE));
  }

  private static Row threads(String what, List<RecordRounds.Pair> pairs) {
    Samples many = samples(pairs.stream().mapToDouble(RecordRounds.Pair::grizz).toArray());
    Samples four = samples(pairs.stream().mapToDouble(RecordRounds.Pair::raw).toArray());
    Samples ratios = samples(pairs.stream().mapToDouble(it -> it.grizz() / it.raw()).toArray());
    return Row.of(
            "1,000 virtual threads " + what + ", beside 4 of the platform",
            Figure.perSecond(many.median()))
        .beside(Figure.perSecond(four.median()), ratios.median())
        .atLeast(Figure.ratio(OF_PLATFORM_THREADS));
  }

  private static Samples samples(double[] values) {
    return new Samples(values);
  }
}
