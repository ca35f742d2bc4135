package io.grizz.launcher.command;

import io.grizz.launcher.supervise.Lifeline;
import io.grizz.launcher.supervise.Signals;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A process that works until it is told to stop, by its supervisor or by a signal. */
final class Duty implements AutoCloseable {

  private final CountDownLatch drain = new CountDownLatch(1);
  private final CountDownLatch hurry = new CountDownLatch(1);
  private final @Nullable Lifeline lifeline;

  private Duty(Duration beat, Consumer<String> dead, Consumer<String> states) {
    lifeline =
        incarnation().isPresent()
            ? Lifeline.attach(System.in, System.out, orders(dead, states), beat)
            : null;
  }

  /**
   * Begins to listen, and to tell the supervisor that this process lives.
   *
   * @param beat how often
   * @param dead releases what a dead incarnation left
   * @param states hears how all processes are
   */
  static Duty begin(Duration beat, Consumer<String> dead, Consumer<String> states) {
    Duty duty = new Duty(beat, dead, states);
    Signals.on("TERM", duty::stop);
    Signals.on("INT", duty::stop);
    return duty;
  }

  /** The name of this start of the process, if somebody supervises it. */
  static Optional<String> incarnation() {
    return Optional.ofNullable(System.getenv("GRIZZ_INCARNATION"));
  }

  /** This process can work now. */
  void ready() {
    if (lifeline != null) {
      lifeline.ready();
    }
  }

  /** Whether it was told to stop. */
  boolean ending() {
    return drain.getCount() == 0;
  }

  void awaitDrain() throws InterruptedException {
    drain.await();
  }

  /** True when it was told to stop, false when {@code longest} passed. */
  boolean awaitDrain(Duration longest) throws InterruptedException {
    return drain.await(longest.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** True when it has to be quick, false when {@code longest} passed. */
  boolean awaitHurry(Duration longest) throws InterruptedException {
    return hurry.await(longest.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    if (lifeline != null) {
      lifeline.close();
    }
  }

  private void stop() {
    if (ending()) {
      hurry.countDown();
    }
    drain.countDown();
  }

  private Lifeline.Orders orders(Consumer<String> dead, Consumer<String> states) {
    return new Lifeline.Orders() {
      @Override
      public void drain() {
        drain.countDown();
      }

      @Override
      public void hurry() {
        drain.countDown();
        hurry.countDown();
      }

      @Override
      public void dead(String incarnation) {
        dead.accept(incarnation);
      }

      @Override
      public void states(String all) {
        states.accept(all);
      }
    };
  }
}
