package io.grizz.launcher.supervise;

import io.grizz.launcher.supervise.Child.State;
import io.grizz.launcher.supervise.ChildSpec.Role;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Keeps processes alive: starts them together, starts those again that end, each within its budget,
 * and stops them in order. One thread, the caller's of {@link #run}, decides everything; pipes and
 * signals only post to it.
 */
public final class Supervisor {

  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int KILLED = 137;
  private static final int BAD_CONFIGURATION = 78;
  private static final long TICK_MILLIS = 50;

  /** What happened, for the one thread that decides. */
  private sealed interface Event {
    record Said(Child child, String incarnation, String line) implements Event {}

    record Ended(Child child, String incarnation, int exit) implements Event {}

    record Stop() implements Event {}

    record Roll() implements Event {}
  }

  /** Who is told what. */
  public interface Console {
    /** All processes can work. */
    void ready();

    /** A line of a child's log. */
    void log(String child, String line);

    /** A line of the supervisor's own. */
    void say(String line);
  }

  private final SupervisorConfig config;
  private final List<Child> children;
  private final Incarnations incarnations;
  private final Console console;
  private final RandomGenerator random;
  private final Deaths deaths = new Deaths();
  private final Deque<Child> rolling = new ArrayDeque<>();
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Child.Listener listener = new Pipes();
  private boolean draining; // the first of those that roll was told to end, and has not yet
  private boolean announced;
  private boolean stopAsked;
  private boolean hurried;
  private int exit = DONE;
  private String lastStates = "";

  public Supervisor(
      SupervisorConfig config, List<ChildSpec> specs, Incarnations incarnations, Console console) {
    this.config = config;
    this.incarnations = incarnations;
    this.console = console;
    this.random = RandomGenerator.of("SecureRandom");
    this.children =
        specs.stream().map(spec -> new Child(spec, new RestartBudget(config, random))).toList();
  }

  /** Stops everything; the second time, in a hurry. From any thread. */
  public void stop() {
    events.add(new Event.Stop());
  }

  /** Starts the workers again, one after the other, losing nothing. From any thread. */
  public void roll() {
    events.add(new Event.Roll());
  }

  /**
   * Starts the processes and keeps them until {@link #stop}, or until they cannot be kept.
   *
   * @return the exit code
   */
  public int run() throws InterruptedException {
    long begin = System.nanoTime();
    incarnations.names().forEach(name -> deaths.add(name, begin));
    children.forEach(child -> child.again(begin));
    try {
      while (!stopAsked) {
        tick();
        next(TICK_MILLIS);
      }
      stopAll();
    } finally {
      children.forEach(Child::kill);
    }
    return exit;
  }

  private void tick() {
    long now = System.nanoTime();
    for (Child child : children) {
      if (child.due(now)) {
        start(child, now);
      } else if (child.alive() && child.silent(now).compareTo(config.heartbeat()) > 0) {
        console.say(child.name() + " is silent for " + config.heartbeat() + ", and is killed");
        child.kill();
        child.heard(now);
      }
    }
    deaths.tell(now, this::tellAnybody);
    if (!announced && children.stream().allMatch(child -> child.state() == State.RUNNING)) {
      announced = true;
      console.ready();
    }
    tellStates();
  }

  private void start(Child child, long now) {
    try {
      child.start(listener, random, now);
      if (child.role() == Role.WORKER) {
        incarnations.add(child.incarnation());
      }
    } catch (IOException e) {
      console.say(child.name() + " cannot be started: " + e.getMessage() + fail(child, now));
    }
  }

  /** Waits for an event, and follows it. */
  private void next(long millis) throws InterruptedException {
    Event event = events.poll(millis, TimeUnit.MILLISECONDS);
    switch (event) {
      case null -> {}
      case Event.Said(Child child, String incarnation, String line) -> {
        if (child.incarnation().equals(incarnation)) {
          said(child, line);
        }
      }
      case Event.Ended(Child child, String incarnation, int code) ->
          ended(child, incarnation, code);
      case Event.Stop stop -> {
        hurried = stopAsked;
        stopAsked = true;
      }
      case Event.Roll roll -> roll(children);
    }
  }

  private void said(Child child, String line) {
    long now = System.nanoTime();
    child.heard(now);
    if (line.equals(Lifeline.READY)) {
      child.ready(now);
      rollOn(child);
    } else if (line.startsWith(Lifeline.RELEASED)) {
      String dead = line.substring(Lifeline.RELEASED.length());
      if (deaths.released(dead)) {
        incarnations.remove(dead);
      }
    }
  }

  private void ended(Child child, String incarnation, int code) {
    long now = System.nanoTime();
    if (child.role() == Role.WORKER && code == DONE) {
      incarnations.remove(incarnation); // it gave back what it held
    } else if (child.role() == Role.WORKER) {
      deaths.add(incarnation, now);
    }
    if (stopAsked) {
      child.stopped();
    } else if (code == BAD_CONFIGURATION) {
      console.say(child.name() + " cannot run with these settings: everything stops");
      child.stopped();
      exit = code;
      stopAsked = true;
    } else if (draining && rolling.peek() == child) {
      draining = false;
      child.again(now);
    } else {
      String how = code == KILLED ? code + " (killed)" : String.valueOf(code);
      console.say(child.name() + " ended with exit " + how + fail(child, now));
    }
  }

  /** Decides about a process that cannot go on, and says so. */
  private String fail(Child child, long now) {
    if (rolling.peek() == child) {
      console.say(child.name() + " does not come back: the other workers are left as they are");
      rolling.clear();
    }
    var pause = child.ended(now);
    if (pause.isPresent()) {
      double seconds = pause.get().toMillis() / 1000.0;
      return String.format(
          Locale.ROOT,
          ", restart %d of %d in %.1f s",
          child.restarts(),
          config.restarts(),
          seconds);
    }
    boolean last =
        child.role() != Role.WORKER
            || children.stream()
                .filter(each -> each.role() == Role.WORKER)
                .allMatch(each -> each.state() == State.DOWN);
    if (last) {
      exit = FAILED;
      stopAsked = true;
      child.tail().forEach(line -> console.log(child.name(), line));
      return ", too often: everything stops";
    }
    return ", too often: it stays down, and the others go on";
  }

  // ---- telling the living

  private boolean tellAnybody(String order) {
    return children.stream()
        .filter(child -> child.role() == Role.WORKER && child.state() == State.RUNNING)
        .anyMatch(child -> child.tell(order));
  }

  private void tellStates() {
    String states =
        children.stream()
            .map(child -> child.name() + "=" + child.state().name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(","));
    if (!states.equals(lastStates)) {
      boolean told =
          children.stream()
              .filter(child -> child.role() == Role.WEB && child.state() == State.RUNNING)
              .allMatch(child -> child.tell("states " + states));
      lastStates = told ? states : "";
    }
  }

  // ---- rolling restart

  private void roll(List<Child> all) {
    if (rolling.isEmpty()) {
      all.stream().filter(child -> child.role() == Role.WORKER).forEach(rolling::add);
      console.say("the workers are started again, one after the other");
      drainFirst();
    }
  }

  private void rollOn(Child child) {
    if (rolling.peek() == child && !draining) {
      rolling.remove();
      drainFirst();
    }
  }

  private void drainFirst() {
    while (!rolling.isEmpty() && !rolling.peek().tell("drain")) {
      rolling.remove();
    }
    draining = !rolling.isEmpty();
  }

  // ---- stopping

  private void stopAll() throws InterruptedException {
    Predicate<Child> worker = child -> child.role() == Role.WORKER;
    tell(worker, "drain");
    await(worker, config.drain(), () -> hurried);
    tell(worker, "hurry");
    await(worker, config.step(), () -> false);
    children.stream().filter(worker).forEach(Child::kill);
    tell(worker.negate(), "drain");
    await(worker.negate(), config.step(), () -> hurried);
    tell(worker.negate(), "hurry");
    await(child -> true, Duration.ofMillis(500), () -> false);
    children.forEach(Child::kill);
    await(child -> true, config.step(), () -> false);
  }

  private void tell(Predicate<Child> which, String order) {
    children.stream()
        .filter(which)
        .filter(Child::alive)
        .filter(child -> !child.tell(order))
        .forEach(Child::kill);
  }

  private void await(Predicate<Child> which, Duration longest, BooleanSupplier enough)
      throws InterruptedException {
    long end = System.nanoTime() + longest.toNanos();
    while (children.stream().filter(which).anyMatch(Child::alive)
        && System.nanoTime() - end < 0
        && !enough.getAsBoolean()) {
      next(TICK_MILLIS);
      deaths.tell(System.nanoTime(), this::tellAnybody);
    }
  }

  /** Posts what pipes bring. */
  private final class Pipes implements Child.Listener {
    @Override
    public void said(Child child, String incarnation, String line) {
      events.add(new Event.Said(child, incarnation, line));
    }

    @Override
    public void logged(Child child, String line) {
      child.remember(line);
      console.log(child.name(), line);
    }

    @Override
    public void ended(Child child, String incarnation, int code) {
      events.add(new Event.Ended(child, incarnation, code));
    }
  }
}
