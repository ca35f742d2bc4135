package io.grizz.launcher.supervise;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How often, and how soon, one process is started again. Restarts and backoff are forgotten
 * together, after enough health: a window of time alone never catches a process that dies ten
 * seconds after each start. Belongs to one thread.
 */
final class RestartBudget {

  private final SupervisorConfig config;
  private final RandomGenerator random;
  private int used;

  RestartBudget(SupervisorConfig config, RandomGenerator random) {
    this.config = config;
    this.random = random;
  }

  /**
   * The process ended.
   *
   * @param healthy how long it had been ready
   * @return after how long to start it again; empty when the budget is spent
   */
  Optional<Duration> ended(Duration healthy) {
    if (healthy.compareTo(config.health()) >= 0) {
      used = 0;
    }
    if (used >= config.restarts()) {
      return Optional.empty();
    }
    long doubled = config.backoff().toMillis() << Math.min(used, 20);
    long bound = Math.min(doubled, config.backoffCap().toMillis());
    used++;
    // why: at least half, so that a broken process does not spin
    return Optional.of(Duration.ofMillis(bound / 2 + random.nextLong(bound / 2 + 1)));
  }

  /** Restarts since the last health. */
  int used() {
    return used;
  }
}
