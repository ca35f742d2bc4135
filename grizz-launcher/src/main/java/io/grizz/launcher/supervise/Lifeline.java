package io.grizz.launcher.supervise;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A child's side of its pipes: stdin brings orders, and its end means that the supervisor is gone;
 * stdout takes control lines alone.
 */
public final class Lifeline {

  /** A control line: this process can work. */
  static final String READY = "READY";

  /**
   * How a control line begins that tells that a dead incarnation was released; its name follows.
   */
  static final String RELEASED = "RELEASED ";

  private static final Duration ORPHAN = Duration.ofSeconds(5);
  private static final int ORPHANED = 1;

  private final InputStream in;
  private final PrintStream out;
  private final Orders orders;
  private final CountDownLatch end = new CountDownLatch(1);

  private Lifeline(InputStream in, PrintStream out, Orders orders) {
    this.in = in;
    this.out = out;
    this.orders = orders;
  }

  /** What a child is told; each order comes on a thread of its own. */
  public interface Orders {
    /** Take nothing more, end what runs, then exit. */
    void drain();

    /** Exit soon. */
    void hurry();

    /** This incarnation is dead: release what it left. Returns when that is done. */
    void dead(String incarnation);

    /** How all processes are, for people who ask. */
    void states(String states);
  }

  /**
   * Attaches to the pipes, and tells the supervisor from now on that this process lives.
   *
   * @param beat how often it is told so
   */
  public static Lifeline attach(InputStream in, PrintStream out, Orders orders, Duration beat) {
    Lifeline lifeline = new Lifeline(in, out, orders);
    Thread.ofPlatform().name("grizz-lifeline").daemon().start(lifeline::read);
    Thread.ofPlatform().name("grizz-beat").daemon().start(() -> lifeline.beat(beat));
    return lifeline;
  }

  /** Tells the supervisor that this process can work. */
  public void ready() {
    say(READY);
  }

  /** Ends the beats. */
  public void close() {
    end.countDown();
  }

  private void beat(Duration pause) {
    try {
      while (!end.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        say("BEAT");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String order = line;
        Thread.ofPlatform().name("grizz-order").daemon().start(() -> follow(order));
      }
    } catch (IOException e) {
      say("LOST " + e.getMessage());
    }
    orphaned();
  }

  private void follow(String line) {
    String[] words = line.split(" ", 2);
    switch (words[0]) {
      case "drain" -> orders.drain();
      case "hurry" -> orders.hurry();
      case "dead" -> {
        orders.dead(words[1]);
        say(RELEASED + words[1]);
      }
      case "states" -> orders.states(words.length > 1 ? words[1] : "");
      default -> say("UNKNOWN " + words[0]);
    }
  }

  /** The supervisor is gone: nobody would start us again, nor know that we are here. */
  private void orphaned() {
    Thread.ofPlatform().name("grizz-orphan").daemon().start(orders::hurry);
    try {
      if (!end.await(ORPHAN.toMillis(), TimeUnit.MILLISECONDS)) {
        Runtime.getRuntime().halt(ORPHANED);
      }
    } catch (InterruptedException e) {
      Runtime.getRuntime().halt(ORPHANED);
    }
  }

  private void say(String line) {
    synchronized (out) {
      out.println(line);
      out.flush();
    }
  }
}
