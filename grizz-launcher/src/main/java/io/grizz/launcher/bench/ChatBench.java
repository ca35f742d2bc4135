package io.grizz.launcher.bench;

import io.grizz.launcher.gateway.Tokens;
import io.grizz.launcher.offline.OfflineConfig;
import io.grizz.launcher.offline.OfflineModel;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;

/**
 * Users who each wait for one answer, through the whole of a launched Grizz: web process, workers,
 * Redis and Postgres, all on this machine. The model stands beside it in this process, so that the
 * time of each token is known at both ends.
 *
 * @param launch the command line of {@code grizz launch}, without options
 * @param load how many users, and what they want
 * @param progress is told each step
 */
public record ChatBench(List<String> launch, Load load, Consumer<String> progress) {

  private static final Duration FIRST_TOKEN = Duration.ofMillis(150);
  private static final Duration TOKEN = Duration.ofHours(1);
  private static final double NANOS_PER_MILLI = 1e6;

  /**
   * What is asked for.
   *
   * @param words of each answer; one is a token
   * @param rate tokens a second
   * @param ramp within which all users send
   * @param warmUp words of an answer that each of them gets before, unmeasured; 0 for none
   */
  public record Load(int users, int words, double rate, Duration ramp, int warmUp, int workers) {
    public Load {
      if (users < 1 || words < 1 || !(rate > 0) || ramp.isNegative() || workers < 1 || warmUp < 0) {
        throw new IllegalArgumentException("at least one user, word, worker, and a rate above 0");
      }
    }
  }

  /** Measures. */
  public Report run() throws Exception {
    String secret = UUID.randomUUID().toString() + UUID.randomUUID();
    Settings shipped = Settings.load(new Settings.Sources(List.of(), Map.of(), Map.of()));
    Tokens tokens = new Tokens(new Records(shipped).auth(secret, false), InstantSource.system());
    AtomicReference<Timetable> current = new AtomicReference<>();
    progress.accept("starting Grizz");
    try (OfflineModel model =
            OfflineModel.start(
                0,
                new OfflineConfig(FIRST_TOKEN, load.rate()),
                (question, token) -> current.get().said(question, token));
        ChildGrizz grizz =
            ChildGrizz.start(
                launch,
                List.of(
                    "--workers", String.valueOf(load.workers()),
                    "--set", "redis.url=",
                    "--set", "database.url="),
                Map.of("OPENAI_BASE_URL", model.uri().toString(), "SUPABASE_JWT_SECRET", secret))) {
      List<LeanSocket> sockets = connect(grizz.port(), tokens);
      try {
        if (load.warmUp() > 0) {
          progress.accept("warming up, with answers of " + load.warmUp() + " tokens");
          new Visits(load, sockets, new Timetable(load.users(), load.warmUp()), progress)
              .run(current);
        }
        progress.accept("measuring");
        return report(
            new Visits(load, sockets, new Timetable(load.users(), load.words()), progress)
                .run(current));
      } finally {
        for (LeanSocket socket : sockets) {
          socket.close();
        }
      }
    }
  }

  private List<LeanSocket> connect(int port, Tokens tokens) throws IOException {
    List<LeanSocket> sockets = new ArrayList<>();
    for (int i = 0; i < load.users(); i++) {
      LeanSocket socket = LeanSocket.open(port, tokens.issue(UUID.randomUUID(), TOKEN));
      socket.send("{\"t\":\"hello\",\"id\":\"h\"}");
      socket.text();
      sockets.add(socket);
    }
    progress.accept(load.users() + " users are connected");
    return sockets;
  }

  private Report report(Visits.Result result) {
    Timetable times = result.times();
    List<Map.Entry<String, String>> ground = new ArrayList<>(Report.machine());
    ground.add(Map.entry("workers", String.valueOf(load.workers())));
    ground.add(
        Map.entry(
            "load",
            "%d users within %s, %d tokens each at %.0f a second"
                .formatted(load.users(), load.ramp(), load.words(), load.rate())));
    Samples delay = millis(times.delays());
    Samples first = millis(times.firsts());
    List<Row> rows =
        List.of(
            Row.of("answers that failed", Figure.count(result.failed())).atMost(Figure.count(0)),
            Row.of("added delay of a token, p50", Figure.millis(delay.median())),
            Row.of("added delay of a token, p99", Figure.millis(delay.percentile(99)))
                .atMost(Figure.millis(250)),
            Row.of("first token, p50", Figure.millis(first.median())),
            Row.of("first token, p99", Figure.millis(first.percentile(99)))
                .atMost(Figure.millis(1_500)),
            Row.of("tokens", Figure.perSecond(times.delays().count() / result.seconds())));
    return new Report("grizz bench chat", ground, "", rows, notes(result));
  }

  private static List<String> notes(Visits.Result result) {
    List<String> notes = new ArrayList<>();
    notes.add("The first token takes the model %d ms.".formatted(FIRST_TOKEN.toMillis()));
    result.reasons().forEach((why, count) -> notes.add(count + " answers failed: " + why));
    return notes;
  }

  private static Samples millis(DoubleStream nanos) {
    double[] values = nanos.map(it -> it / NANOS_PER_MILLI).toArray();
    return new Samples(values.length == 0 ? new double[] {Double.POSITIVE_INFINITY} : values);
  }
}
