package io.grizz.api;

/** How full a queue is: the steps in which senders give way, before it refuses. */
public enum Pressure {
  /** Below the soft limit. */
  NONE,
  /** Past the soft limit: hold back what can wait. */
  RISING,
  /** Past the middle between the soft limit and the capacity: hold back all that you can. */
  HIGH;

  /** The pressure of a queue in which so many jobs wait. */
  public static Pressure of(long waiting, QueueConfig config) {
    long high = config.softLimit() + (config.capacity() - config.softLimit()) / 2L;
    return waiting > high ? HIGH : waiting > config.softLimit() ? RISING : NONE;
  }
}
