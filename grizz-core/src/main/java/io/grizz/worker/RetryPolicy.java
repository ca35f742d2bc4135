package io.grizz.worker;

import static io.grizz.api.ConfigException.require;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a failed job is tried again: exponential backoff with full jitter.
 *
 * @param attempts runs before a failing job is dead-lettered; 1 means no retry
 * @param base upper bound of the first delay; doubles with each attempt
 * @param cap upper bound of every delay
 */
public record RetryPolicy(int attempts, Duration base, Duration cap) {

  // why: first, since STANDARD is checked against it
  private static final Duration LONGEST = Duration.ofDays(365);

  /** 3 attempts, 2 s base, 5 min cap. */
  public static final RetryPolicy STANDARD =
      new RetryPolicy(3, Duration.ofSeconds(2), Duration.ofMinutes(5));

  private static final int MOST_DOUBLINGS = 30;

  public RetryPolicy {
    require(attempts >= 1, "worker.attempts", attempts, "1 or more");
    require(base.isPositive(), "worker.backoff", base, "more than zero");
    require(
        cap.compareTo(base) >= 0 && cap.compareTo(LONGEST) <= 0,
        "worker.backoff-cap",
        cap,
        "at least " + base + " and at most " + LONGEST);
  }

  /** The delay after attempt number {@code attempt}, from 1. */
  public Duration delay(int attempt, RandomGenerator random) {
    long doubled = base.toMillis() << Math.min(attempt - 1, MOST_DOUBLINGS);
    long bound = doubled <= 0 ? cap.toMillis() : Math.min(doubled, cap.toMillis());
    return Duration.ofMillis(random.nextLong(bound + 1));
  }
}
