package io.grizz.launcher.bench;

import io.grizz.json.Fields;
import io.grizz.json.Json;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
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
  private static final Duration LONGEST = Duration.ofMinutes(2);
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * What is asked for.
   *
   * @param words of each answer; one is a token
   * @param rate tokens a second
   * @param ramp within which all users send
   */
  public record Load(int users, int words, double rate, Duration ramp, int workers) {
    public Load {
      if (users < 1 || words < 1 || !(rate > 0) || ramp.isNegative() || workers < 1) {
        throw new IllegalArgumentException("at least one user, word, worker, and a rate above 0");
      }
    }
  }

  /** Measures. */
  public Report run() throws Exception {
    Timetable times = new Timetable(load.users(), load.words());
    String secret = UUID.randomUUID().toString() + UUID.randomUUID();
    Settings shipped = Settings.load(new Settings.Sources(List.of(), Map.of(), Map.of()));
    Tokens tokens = new Tokens(new Records(shipped).auth(secret, false), InstantSource.system());
    progress.accept("starting Grizz");
    try (OfflineModel model =
            OfflineModel.start(0, new OfflineConfig(FIRST_TOKEN, load.rate()), times::said);
        ChildGrizz grizz =
            ChildGrizz.start(
                launch,
                List.of(
                    "--workers", String.valueOf(load.workers()),
                    "--set", "redis.url=",
                    "--set", "database.url="),
                Map.of("OPENAI_BASE_URL", model.uri().toString(), "SUPABASE_JWT_SECRET", secret))) {
      List<Future<Boolean>> answers = new ArrayList<>();
      AtomicInteger ended = new AtomicInteger();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<LeanSocket> sockets = connect(grizz.port(), tokens);
        long begin = System.nanoTime();
        for (int i = 0; i < load.users(); i++) {
          int user = i;
          long at = begin + load.ramp().toNanos() * i / load.users();
          answers.add(threads.submit(() -> ask(sockets.get(user), user, at, times, ended)));
        }
        int failed = await(answers, ended);
        return report(times, failed, (System.nanoTime() - begin) / NANOS_PER_SECOND);
      }
    }
  }

  private List<LeanSocket> connect(int port, Tokens tokens) throws IOException {
    List<LeanSocket> sockets = new ArrayList<>();
    for (int i = 0; i < load.users(); i++) {
      LeanSocket socket = LeanSocket.open(port, tokens.issue(UUID.randomUUID(), LONGEST));
      socket.send("{\"t\":\"hello\",\"id\":\"h\"}");
      socket.text();
      sockets.add(socket);
    }
    progress.accept(load.users() + " users are connected");
    return sockets;
  }

  /** One user's whole visit; false when the answer was none. */
  private boolean ask(LeanSocket socket, int user, long at, Timetable times, AtomicInteger ended)
      throws IOException, InterruptedException {
    try (socket) {
      TimeUnit.NANOSECONDS.sleep(at - System.nanoTime());
      times.sent(user);
      socket.send(
          Json.write(
              Json.object()
                  .put("t", "send")
                  .put("id", "s")
                  .put("msg", UUID.randomUUID().toString())
                  .put("text", times.question(user))));
      int length = 0;
      while (true) {
        Fields frame = Json.fields(socket.text());
        switch (frame.text("t").orElse("")) {
          case "delta" -> {
            length += frame.text("d").orElse("").length();
            times.heard(user, length);
          }
          case "snap" -> {
            length = frame.text("text").orElse("").length();
            times.heard(user, length);
          }
          case "reset" -> length = 0;
          case "done" -> {
            return length == times.length();
          }
          case "err", "failed", "cancelled" -> {
            return false;
          }
          default -> {
            // why: states say nothing about time
          }
        }
      }
    } finally {
      ended.incrementAndGet();
    }
  }

  private int await(List<Future<Boolean>> answers, AtomicInteger ended)
      throws InterruptedException {
    long end = System.nanoTime() + LONGEST.toNanos();
    int failed = 0;
    for (Future<Boolean> answer : answers) {
      while (!answer.isDone() && System.nanoTime() < end) {
        try {
          answer.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
          progress.accept(bar(ended.get()));
        } catch (ExecutionException e) {
          progress.accept("a user failed: " + e.getCause());
        }
      }
      failed += answer.state() == Future.State.SUCCESS && answer.resultNow() ? 0 : 1;
      answer.cancel(true);
    }
    return failed;
  }

  private String bar(int ended) {
    int width = 40;
    int full = width * ended / load.users();
    return "[" + "#".repeat(full) + ".".repeat(width - full) + "] " + ended + " answers";
  }

  private Report report(Timetable times, int failed, double seconds) {
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
            Row.of("answers that failed", Figure.count(failed)).atMost(Figure.count(0)),
            Row.of("added delay of a token, p50", Figure.millis(delay.median())),
            Row.of("added delay of a token, p99", Figure.millis(delay.percentile(99)))
                .atMost(Figure.millis(250)),
            Row.of("first token, p50", Figure.millis(first.median())),
            Row.of("first token, p99", Figure.millis(first.percentile(99)))
                .atMost(Figure.millis(1_500)),
            Row.of("tokens", Figure.perSecond(times.delays().count() / seconds)));
    return new Report(
        "grizz bench chat",
        ground,
        "",
        rows,
        List.of("The first token takes the model %d ms.".formatted(FIRST_TOKEN.toMillis())));
  }

  private static Samples millis(DoubleStream nanos) {
    double[] values = nanos.map(it -> it / NANOS_PER_MILLI).toArray();
    return new Samples(values.length == 0 ? new double[] {Double.POSITIVE_INFINITY} : values);
  }
}
