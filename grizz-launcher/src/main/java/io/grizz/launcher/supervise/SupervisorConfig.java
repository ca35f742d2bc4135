package io.grizz.launcher.supervise;

import java.time.Duration;

/**
 * How patient a supervisor is.
 *
 * @param restarts of one process without {@code health} between them; 0 restarts nothing
 * @param health how long a process has to be ready for its restarts to be forgotten
 * @param backoff before the first restart, doubling with each
 * @param backoffCap before any restart
 * @param heartbeat silence after which a process is taken for hung
 * @param stop for stopping in all, without data services: running jobs get two thirds of it
 */
public record SupervisorConfig(
    int restarts,
    Duration health,
    Duration backoff,
    Duration backoffCap,
    Duration heartbeat,
    Duration stop) {

  private static final int BEATS = 6;
  private static final Duration SHORTEST_HEARTBEAT = Duration.ofSeconds(1);

  public SupervisorConfig {
    require(restarts >= 0, "launch.restarts must be 0 or more");
    require(health.isPositive(), "launch.health must be more than zero");
    require(backoff.isPositive(), "launch.backoff must be more than zero");
    require(backoffCap.compareTo(backoff) >= 0, "launch.backoff-cap is below launch.backoff");
    require(
        heartbeat.compareTo(SHORTEST_HEARTBEAT) >= 0,
        "launch.heartbeat must be at least " + SHORTEST_HEARTBEAT);
    require(stop.isPositive(), "launch.stop must be more than zero");
  }

  /** How often a process says that it lives, such that a busy one is not taken for hung. */
  public Duration beat() {
    return heartbeat.dividedBy(BEATS);
  }

  /** What running jobs get to end by themselves. */
  public Duration drain() {
    return Duration.ofMillis(stop.toMillis() * 2 / 3);
  }

  /** What each later step of stopping gets. */
  Duration step() {
    return Duration.ofMillis(stop.toMillis() / 10);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
