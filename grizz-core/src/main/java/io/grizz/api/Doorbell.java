package io.grizz.api;

import java.time.Duration;
import java.util.UUID;

/**
 * What rings across processes: events of users' jobs as they are written, and orders to everybody.
 * A courtesy, never the truth: whatever is missed here stands in the output log.
 *
 * <p>One connection serves any number of users. It is probed, and renewed when it is deaf.
 *
 * <p><b>Threads.</b> Safe for any number of threads. The listener is called on the doorbell's one
 * thread, and must return at once.
 */
public interface Doorbell extends AutoCloseable {

  /**
   * Begins to hear of this user's jobs. Returns once the store has confirmed it, so that a log read
   * afterwards has no hole before the first ring.
   *
   * @throws QueueUnavailableException when the store does not confirm in time; the wish stands, and
   *     {@link Listener#missed} says when it was fulfilled
   */
  void follow(UUID user);

  /** Hears no more of this user's jobs. */
  void leave(UUID user);

  /** Sends an order to every process that has a doorbell, this one included. */
  void order(Order order);

  /** How long nothing was heard, not even the probe; a sound one answers every 10 s. */
  Duration silence();

  @Override
  void close();

  /** Who hears. */
  interface Listener {
    /** An event was written to a log of one of the users followed. */
    default void rang(UUID user, String log, String frame) {}

    /** An order to everybody. */
    default void ordered(Order order) {}

    /** The connection is new: anything may have been missed. */
    default void missed() {}
  }

  /** What every process is told. */
  sealed interface Order {
    /** Stop this job if it runs here. */
    record Cancel(UUID job) implements Order {}

    /** Something waits for its time now, or a pause changed. */
    record Tend() implements Order {}

    /** Close every connection of this user. */
    record Kick(UUID user) implements Order {}
  }
}
