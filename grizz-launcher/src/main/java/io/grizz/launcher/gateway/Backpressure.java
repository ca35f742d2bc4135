package io.grizz.launcher.gateway;

import io.grizz.api.JobEvent;
import io.grizz.api.Pressure;
import io.grizz.api.Priority;
import io.grizz.api.Receipt;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How full the queue is, as the last receipts of this process said, and how much senders are slowed
 * for it: first what can wait, then everybody. The queue itself refuses when it is full.
 *
 * <p><b>Threads.</b> Safe for any number of threads.
 */
public final class Backpressure implements JobEvent.Listener {

  /** After this, nobody knows: one who sends is told anew. */
  private static final Duration FRESH = Duration.ofSeconds(10);

  /** What a message costs of its sender's rate while it is slowed. */
  private static final int SLOWED = 4;

  private final LongSupplier nanos;
  private volatile Told last;

  private record Told(Pressure pressure, long atNanos) {}

  /**
   * @param nanos a clock like {@link System#nanoTime}
   */
  public Backpressure(LongSupplier nanos) {
    this.nanos = nanos;
    this.last = new Told(Pressure.NONE, nanos.getAsLong());
  }

  @Override
  public void on(JobEvent event) {
    if (event instanceof JobEvent.Enqueued(var job, Receipt receipt)) {
      if (receipt instanceof Receipt.Accepted accepted) {
        last = new Told(accepted.pressure(), nanos.getAsLong());
      } else if (receipt instanceof Receipt.Overloaded) {
        last = new Told(Pressure.HIGH, nanos.getAsLong());
      }
    }
  }

  /** How full the queue is, as far as is known. */
  Pressure now() {
    Told told = last;
    return nanos.getAsLong() - told.atNanos() > FRESH.toNanos() ? Pressure.NONE : told.pressure();
  }

  /** How many messages one message of this priority counts as. */
  int cost(Priority priority) {
    return switch (now()) {
      case NONE -> 1;
      case RISING -> priority == Priority.LOW ? SLOWED : 1;
      case HIGH -> SLOWED;
    };
  }
}
