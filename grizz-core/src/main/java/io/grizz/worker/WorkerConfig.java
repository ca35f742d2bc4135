package io.grizz.worker;

import static io.grizz.api.ConfigException.require;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How one worker process behaves. Immutable; begin with {@link #STANDARD}.
 *
 * @param concurrency jobs that run at once, 1 or more
 * @param retries when a failed job is tried again, and how often
 * @param retriesByType the same for types that differ
 * @param attemptTimeout how long one run may take
 * @param noProgress how long a run may show no sign of life
 * @param unknownType how long a job waits whose type has no handler here
 */
public record WorkerConfig(
    int concurrency,
    RetryPolicy retries,
    Map<String, RetryPolicy> retriesByType,
    Duration attemptTimeout,
    Duration noProgress,
    Duration unknownType) {

  /** 256 at once, 3 attempts, 10 min each, 60 s of silence, unknown types after 30 s. */
  public static final WorkerConfig STANDARD =
      new WorkerConfig(
          256,
          RetryPolicy.STANDARD,
          Map.of(),
          Duration.ofMinutes(10),
          Duration.ofSeconds(60),
          Duration.ofSeconds(30));

  public WorkerConfig {
    retriesByType = Map.copyOf(retriesByType);
    require(concurrency >= 1, "worker.concurrency", concurrency, "1 or more");
    require(
        attemptTimeout.isPositive(), "worker.attempt-timeout", attemptTimeout, "more than zero");
    require(noProgress.isPositive(), "worker.no-progress", noProgress, "more than zero");
    require(unknownType.isPositive(), "worker.unknown-type", unknownType, "more than zero");
  }

  public WorkerConfig withConcurrency(int concurrency) {
    return new WorkerConfig(
        concurrency, retries, retriesByType, attemptTimeout, noProgress, unknownType);
  }

  public WorkerConfig withRetries(RetryPolicy retries) {
    return new WorkerConfig(
        concurrency, retries, retriesByType, attemptTimeout, noProgress, unknownType);
  }

  /** The same with another policy for one type of job. */
  public WorkerConfig withRetries(String type, RetryPolicy policy) {
    Map<String, RetryPolicy> more = new HashMap<>(retriesByType);
    more.put(type, policy);
    return new WorkerConfig(concurrency, retries, more, attemptTimeout, noProgress, unknownType);
  }

  public WorkerConfig withTimeouts(Duration attemptTimeout, Duration noProgress) {
    return new WorkerConfig(
        concurrency, retries, retriesByType, attemptTimeout, noProgress, unknownType);
  }

  /** The policy for a type of job. */
  public RetryPolicy retries(String type) {
    return retriesByType.getOrDefault(type, retries);
  }
}
