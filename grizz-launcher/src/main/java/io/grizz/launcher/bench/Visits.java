package io.grizz.launcher.bench;

import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.launcher.bench.ChatBench.Load;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Each user asks once, and waits for the whole answer. */
final class Visits {

  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int BAR = 40;

  private final Load load;
  private final List<LeanSocket> sockets;
  private final Timetable times;
  private final Consumer<String> progress;
  private final AtomicInteger ended = new AtomicInteger();

  /**
   * @param sockets one of each user, who has been greeted
   */
  Visits(Load load, List<LeanSocket> sockets, Timetable times, Consumer<String> progress) {
    this.load = load;
    this.sockets = sockets;
    this.times = times;
    this.progress = progress;
  }

  /**
   * What came of it.
   *
   * @param reasons why answers failed, and how many
   */
  record Result(Timetable times, Map<String, Integer> reasons, double seconds) {
    int failed() {
      return reasons.values().stream().mapToInt(it -> it).sum();
    }
  }

  /**
   * Runs it.
   *
   * @param current is told whose answers the model speaks from now on
   */
  Result run(AtomicReference<Timetable> current) throws InterruptedException {
    current.set(times);
    List<Future<Optional<String>>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long begin = System.nanoTime();
      for (int i = 0; i < load.users(); i++) {
        int user = i;
        long at = begin + load.ramp().toNanos() * i / load.users();
        answers.add(threads.submit(() -> ask(sockets.get(user), user, at)));
      }
      Map<String, Integer> reasons = await(answers);
      return new Result(times, reasons, (System.nanoTime() - begin) / NANOS_PER_SECOND);
    }
  }

  /** One question and its answer; why it failed, if it did. */
  private Optional<String> ask(LeanSocket socket, int user, long at)
      throws IOException, InterruptedException {
    TimeUnit.NANOSECONDS.sleep(at - System.nanoTime());
    times.sent(user);
    socket.send(
        Json.write(
            Json.object()
                .put("t", "send")
                .put("id", "s")
                .put("msg", UUID.randomUUID().toString())
                .put("text", times.question(user))));
    try {
      return listen(socket, user);
    } finally {
      ended.incrementAndGet();
    }
  }

  private Optional<String> listen(LeanSocket socket, int user) throws IOException {
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
          return length == times.length() ? Optional.empty() : Optional.of("other text");
        }
        case "err", "failed" -> {
          return frame.text("code");
        }
        case "cancelled" -> {
          return frame.text("t");
        }
        default -> {
          // why: states say nothing about time
        }
      }
    }
  }

  private Map<String, Integer> await(List<Future<Optional<String>>> answers)
      throws InterruptedException {
    long end = System.nanoTime() + LONGEST.toNanos();
    Map<String, Integer> reasons = new TreeMap<>();
    for (Future<Optional<String>> answer : answers) {
      while (!answer.isDone() && System.nanoTime() < end) {
        try {
          answer.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
          progress.accept(bar());
        } catch (ExecutionException e) {
          progress.accept("a user failed: " + e.getCause());
        }
      }
      reason(answer).ifPresent(why -> reasons.merge(why, 1, Integer::sum));
      answer.cancel(true);
    }
    return reasons;
  }

  private static Optional<String> reason(Future<Optional<String>> answer) {
    return switch (answer.state()) {
      case SUCCESS -> answer.resultNow();
      case FAILED -> Optional.of(answer.exceptionNow().toString());
      case RUNNING, CANCELLED -> Optional.of("not within " + LONGEST);
    };
  }

  private String bar() {
    int full = BAR * ended.get() / load.users();
    return "[" + "#".repeat(full) + ".".repeat(BAR - full) + "] " + ended + " answers";
  }
}
