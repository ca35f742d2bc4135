package io.grizz.launcher.bench;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.Answer;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.Finished;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.JobState;
import io.grizz.launcher.bench.RecordBench.Size;
import io.grizz.postgres.PostgresRecord;
import io.grizz.postgres.RecordConfig;
import io.grizz.postgres.SessionScope;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The record and pgbench in turns, on one server: a disk swings with the phases of its host, so
 * only neighbours in time are compared.
 */
final class RecordRounds {

  /** Conversations that are asked, each at most once at a time. */
  private static final int CONVERSATIONS = 200;

  private static final int ALONE = 400;
  private static final String TEXT = "x".repeat(200);
  private static final Answer ANSWER =
      new Answer(
          JobState.COMPLETED,
          "",
          "y".repeat(400),
          new Usage("m", "stop", 50, 100, 0, 0, false, 1, 1, 1));

  private final ChatRecord record;
  private final Optional<PgBench> raw;
  private final Size size;
  private final int connections;
  private final List<Asker> askers = new ArrayList<>();
  private final AtomicLong epoch = new AtomicLong();

  /** One user and their conversation. */
  private record Asker(UUID user, UUID conversation) {}

  /** A second; raw is 0 where there is nothing to compare with. */
  record Pair(double grizz, double raw) {}

  /** What one round found. */
  record Round(Pair accept, Pair finish) {}

  RecordRounds(SessionScope scope, Optional<PgBench> raw, Size size, int connections) {
    this.record =
        new PostgresRecord(
            scope, RecordConfig.DEFAULTS, RecordRounds::timed, InstantSource.system());
    this.raw = raw;
    this.size = size;
    this.connections = connections;
  }

  List<Round> run(Consumer<String> progress) throws Exception {
    for (int i = 0; i < CONVERSATIONS; i++) {
      UUID user = UUID.randomUUID();
      UUID conversation = record.open(user, "bench", ZoneOffset.UTC, Instant.now()).id();
      askers.add(new Asker(user, conversation));
    }
    List<Round> rounds = new ArrayList<>();
    for (int i = 0; i < size.rounds(); i++) {
      progress.accept("round " + (i + 1) + " of " + size.rounds());
      Round round = round();
      if (i > 0) {
        rounds.add(round);
      }
    }
    return rounds;
  }

  private Round round() throws Exception {
    double rawAccept = rawRate("accept");
    long accepting = 0;
    long finishing = 0;
    int messages = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
      while (messages < size.messages()) {
        long begin = System.nanoTime();
        List<RecordedJob> jobs = all(threads, askers, this::accept);
        accepting += System.nanoTime() - begin;
        long mine = epoch.incrementAndGet();
        all(threads, jobs, job -> begun(job, mine));
        begin = System.nanoTime();
        all(threads, jobs, job -> finished(job, mine));
        finishing += System.nanoTime() - begin;
        messages += jobs.size();
      }
    }
    return new Round(
        new Pair(messages * 1e9 / accepting, rawAccept),
        new Pair(messages * 1e9 / finishing, rawRate("finish")));
  }

  /** How long accepting takes, in ms, when nobody else does. */
  Samples alone() {
    double[] millis = new double[ALONE];
    for (int i = 0; i < ALONE; i++) {
      long begin = System.nanoTime();
      RecordedJob job = accept(askers.get(i % CONVERSATIONS));
      millis[i] = (System.nanoTime() - begin) / 1e6;
      long mine = epoch.incrementAndGet();
      finished(begun(job, mine), mine);
    }
    return new Samples(millis);
  }

  private double rawRate(String script) throws Exception {
    return raw.isPresent() ? raw.get().rate(script, connections, size.messages()) : 0;
  }

  private RecordedJob accept(Asker asker) {
    ChatMessage message =
        new ChatMessage(
            asker.user(),
            Optional.of(asker.conversation()),
            ZoneOffset.UTC,
            UUID.randomUUID(),
            TEXT,
            OnBusy.ENQUEUE,
            "{}");
    if (record.accept(message) instanceof Acceptance.Accepted accepted) {
      return accepted.job();
    }
    throw new IllegalStateException("a message was not accepted");
  }

  private RecordedJob begun(RecordedJob job, long mine) {
    record.sent(List.of(job.id()));
    record.begin(job.id(), mine);
    return job;
  }

  private RecordedJob finished(RecordedJob job, long mine) {
    if (!(record.finish(job.id(), mine, ANSWER) instanceof Finished.Closed)) {
      throw new IllegalStateException("an answer was not recorded");
    }
    return job;
  }

  /** Sorted by time, as the ids of Grizz are: others scatter over an index. */
  private static UUID timed() {
    UUID random = UUID.randomUUID();
    return new UUID(
        (System.currentTimeMillis() << 16) | 0x7000 | (random.getMostSignificantBits() & 0xFFF),
        random.getLeastSignificantBits());
  }

  private static <T, R> List<R> all(
      ExecutorService threads, List<T> items, java.util.function.Function<T, R> work)
      throws Exception {
    List<Callable<R>> calls = new ArrayList<>();
    items.forEach(item -> calls.add(() -> work.apply(item)));
    List<R> results = new ArrayList<>();
    for (Future<R> each : threads.invokeAll(calls)) {
      results.add(each.get());
    }
    return results;
  }
}
