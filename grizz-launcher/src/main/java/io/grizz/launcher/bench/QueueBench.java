package io.grizz.launcher.bench;

import io.grizz.embedded.EmbeddedRedis;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Measures the queue, each row beside the raw limit of the same server where there is one.
 *
 * @param redis the server to use; empty for one that is started for this
 * @param file whether a server of our own keeps its append-only file
 * @param parts what to measure
 * @param size how much of it
 * @param progress is told each step
 */
public record QueueBench(
    Optional<URI> redis,
    AppendOnlyFile file,
    Set<Part> parts,
    Size size,
    Consumer<String> progress) {

  /** Whether the server writes down what it does. The goals were set without. */
  public enum AppendOnlyFile {
    OFF,
    ON
  }

  /** What can be measured. */
  public enum Part {
    ENQUEUE,
    BULK,
    DRAIN,
    COST,
    LATENCY,
    WAITING,
    KILLED;

    private static final Set<Part> IN_ROUNDS = Set.of(ENQUEUE, BULK, DRAIN, COST);
  }

  /**
   * How much of it.
   *
   * @param rounds in which Grizz and the raw limit alternate; the first one only warms up
   * @param single jobs of a round that are enqueued one by one
   * @param many jobs of a round that are enqueued in bulk, and drained
   * @param paced jobs whose latency is taken, at 200 a second
   * @param waiting jobs that wait for a second each
   */
  public record Size(int rounds, int single, int many, int paced, int waiting) {
    /** As the goals were set: under two minutes in all. */
    public static final Size STANDARD = new Size(6, 5_000, 20_000, 2_000, 10_000);

    public Size withRounds(int rounds) {
      return new Size(rounds, single, many, paced, waiting);
    }
  }

  public QueueBench {
    parts = Set.copyOf(parts);
  }

  /** Measures. */
  public Report run() throws Exception {
    if (redis.isPresent()) {
      return run(redis.get());
    }
    progress.accept("starting a Redis of its own");
    try (EmbeddedRedis embedded = EmbeddedRedis.temporary()) {
      return run(embedded.uri());
    }
  }

  private Report run(URI uri) throws Exception {
    List<Row> rows = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    List<Map.Entry<String, String>> ground = new ArrayList<>(Report.machine());
    try (ServerMeter meter = new ServerMeter(uri)) {
      ground.add(Map.entry("redis", meter.version() + server()));
      if (redis.isEmpty()) {
        meter.keepStill(file);
      }
      Bench bench = new Bench(uri, meter, progress);
      if (parts.stream().anyMatch(Part.IN_ROUNDS::contains)) {
        Rounds.Found found = Rounds.run(bench, size);
        rows.addAll(found.rows(parts));
        notes.addAll(found.notes(parts));
      }
      if (parts.contains(Part.LATENCY)) {
        rows.addAll(StartLatency.measure(bench, size.paced()));
      }
      if (parts.contains(Part.WAITING)) {
        rows.addAll(WaitingJobs.measure(bench, size.waiting()));
      }
      if (parts.contains(Part.KILLED)) {
        rows.addAll(KilledWorker.measure(bench));
      }
    }
    return new Report("grizz bench queue", ground, "raw", rows, notes);
  }

  private String server() {
    return redis.isPresent()
        ? ", not our own"
        : ", embedded, append-only file " + file.name().toLowerCase(Locale.ROOT);
  }
}
