package io.grizz.launcher.supervise;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One process and its pipes. Its state belongs to the supervisor's thread; the threads that read
 * pipes only hand lines on.
 */
final class Child {

  private static final int TAIL = 20;

  /** How far a process is. */
  enum State {
    STARTING,
    RUNNING,
    WAITING,
    DOWN,
    ENDED
  }

  private final ChildSpec spec;
  private final RestartBudget budget;
  private final Deque<String> tail = new ArrayDeque<>();
  private @Nullable Process process;
  private String incarnation = "";
  private State state = State.WAITING;
  private long readyNanos;
  private long heardNanos;
  private long restartNanos;

  Child(ChildSpec spec, RestartBudget budget) {
    this.spec = spec;
    this.budget = budget;
  }

  /** Who hears of a process, from any thread. */
  interface Listener {
    void said(Child child, String incarnation, String controlLine);

    void logged(Child child, String line);

    void ended(Child child, String incarnation, int exit);
  }

  String name() {
    return spec.name();
  }

  ChildSpec.Role role() {
    return spec.role();
  }

  String incarnation() {
    return incarnation;
  }

  State state() {
    return state;
  }

  boolean alive() {
    return state == State.STARTING || state == State.RUNNING;
  }

  int restarts() {
    return budget.used();
  }

  Optional<Long> pid() {
    return alive() && process != null ? Optional.of(process.pid()) : Optional.empty();
  }

  /** Starts the process under a new incarnation. */
  void start(Listener listener, RandomGenerator random, long now) throws IOException {
    byte[] suffix = new byte[4];
    random.nextBytes(suffix);
    incarnation = spec.name() + "-" + HexFormat.of().formatHex(suffix);
    ProcessBuilder builder = new ProcessBuilder(OwnSession.of(spec.command().get()));
    builder.environment().putAll(spec.environment());
    builder.environment().put("GRIZZ_INCARNATION", incarnation);
    Process started = builder.start();
    String name = incarnation;
    process = started;
    state = State.STARTING;
    heardNanos = now;
    reader(started.getInputStream(), "control", line -> listener.said(this, name, line));
    reader(started.getErrorStream(), "log", line -> listener.logged(this, line));
    var unused = started.onExit().thenAccept(it -> listener.ended(this, name, it.exitValue()));
  }

  /** An order, one line; false when the process does not listen any more. */
  boolean tell(String order) {
    if (process == null) {
      return false;
    }
    try {
      Writer pipe = process.outputWriter(StandardCharsets.UTF_8);
      pipe.write(order + "\n");
      pipe.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  void ready(long now) {
    state = State.RUNNING;
    readyNanos = now;
    heardNanos = now;
  }

  void heard(long now) {
    heardNanos = now;
  }

  Duration silent(long now) {
    return Duration.ofNanos(now - heardNanos);
  }

  /** The process ended: after how long to start it again; empty when the budget is spent. */
  Optional<Duration> ended(long now) {
    Duration healthy = state == State.RUNNING ? Duration.ofNanos(now - readyNanos) : Duration.ZERO;
    Optional<Duration> pause = budget.ended(healthy);
    state = pause.isPresent() ? State.WAITING : State.DOWN;
    pause.ifPresent(it -> restartNanos = now + it.toNanos());
    return pause;
  }

  /** The process ended as it was told to. */
  void stopped() {
    state = State.ENDED;
  }

  /** It is to be started again at once, at no cost. */
  void again(long now) {
    state = State.WAITING;
    restartNanos = now;
  }

  boolean due(long now) {
    return state == State.WAITING && now - restartNanos >= 0;
  }

  /** Ends the process at once. */
  void kill() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  void remember(String line) {
    synchronized (tail) {
      tail.add(line);
      if (tail.size() > TAIL) {
        tail.remove();
      }
    }
  }

  /** The last lines of its log. */
  List<String> tail() {
    synchronized (tail) {
      return new ArrayList<>(tail);
    }
  }

  private void reader(InputStream pipe, String what, Consumer<String> to) {
    Thread.ofPlatform()
        .name("grizz-" + what + "-" + incarnation)
        .daemon()
        .start(() -> {
          try (BufferedReader lines =
              new BufferedReader(new InputStreamReader(pipe, StandardCharsets.UTF_8))) {
            lines.lines().forEach(to);
          } catch (IOException | UncheckedIOException e) {
            remember("its " + what + " ended: " + e.getMessage());
          }
        });
  }
}
