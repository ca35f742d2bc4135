package io.grizz.worker;

import static io.grizz.api.ConfigException.require;

import io.grizz.api.FailurePolicy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How one worker process behaves. Immutable; begin with {@link #STANDARD}.
 *
 * @param concurrency jobs that run at once, 1 or more
 * @param retries when a failed job is tried again, and how often
 * @param retriesByType the same for types that differ
 * @param failures what it means for a job that its handler threw
 * @param timeouts how long a run may take
 * @param stuck what is done about threads that do not stop
 */
public record WorkerConfig(
    int concurrency,
    RetryPolicy retries,
    Map<String, RetryPolicy> retriesByType,
    FailurePolicy failures,
    Timeouts timeouts,
    Stuck stuck) {

  /** 256 at once, 3 attempts, and the standards below. */
  public static final WorkerConfig STANDARD =
      new WorkerConfig(
          256,
          RetryPolicy.STANDARD,
          Map.of(),
          FailurePolicy.RETRY,
          Timeouts.STANDARD,
          Stuck.STANDARD);

  public WorkerConfig {
    retriesByType = Map.copyOf(retriesByType);
    require(concurrency >= 1, "worker.concurrency", concurrency, "1 or more");
  }

  public WorkerConfig withConcurrency(int concurrency) {
    return new WorkerConfig(concurrency, retries, retriesByType, failures, timeouts, stuck);
  }

  public WorkerConfig withRetries(RetryPolicy retries) {
    return new WorkerConfig(concurrency, retries, retriesByType, failures, timeouts, stuck);
  }

  /** The same with another policy for one type of job. */
  public WorkerConfig withRetries(String type, RetryPolicy policy) {
    Map<String, RetryPolicy> more = new HashMap<>(retriesByType);
    more.put(type, policy);
    return new WorkerConfig(concurrency, retries, more, failures, timeouts, stuck);
  }

  public WorkerConfig withFailures(FailurePolicy failures) {
    return new WorkerConfig(concurrency, retries, retriesByType, failures, timeouts, stuck);
  }

  public WorkerConfig withTimeouts(Timeouts timeouts) {
    return new WorkerConfig(concurrency, retries, retriesByType, failures, timeouts, stuck);
  }

  public WorkerConfig withTimeouts(Duration attempt, Duration noProgress) {
    return withTimeouts(new Timeouts(attempt, noProgress, timeouts.unknownType()));
  }

  public WorkerConfig withStuck(Stuck stuck) {
    return new WorkerConfig(concurrency, retries, retriesByType, failures, timeouts, stuck);
  }

  /** The policy for a type of job. */
  public RetryPolicy retries(String type) {
    return retriesByType.getOrDefault(type, retries);
  }

  /**
   * How long things may take.
   *
   * @param attempt one run, however alive it is
   * @param noProgress a run without a sign of life
   * @param unknownType how long a job is put off whose type has no handler here
   */
  public record Timeouts(Duration attempt, Duration noProgress, Duration unknownType) {
    /** 10 min, 60 s, 30 s. */
    public static final Timeouts STANDARD =
        new Timeouts(Duration.ofMinutes(10), Duration.ofSeconds(60), Duration.ofSeconds(30));

    public Timeouts {
      require(attempt.isPositive(), "worker.attempt-timeout", attempt, "more than zero");
      require(noProgress.isPositive(), "worker.no-progress", noProgress, "more than zero");
      require(unknownType.isPositive(), "worker.unknown-type", unknownType, "more than zero");
    }
  }

  /**
   * What is done about threads that ignore their interrupt.
   *
   * @param after how long a run may go on after it was told to stop, before its slot and its job
   *     are given to others
   * @param most stuck threads before the process asks to be replaced, 1 or more
   */
  public record Stuck(Duration after, int most) {
    /** After 10 s; 8 threads. */
    public static final Stuck STANDARD = new Stuck(Duration.ofSeconds(10), 8);

    public Stuck {
      require(after.isPositive(), "worker.stuck-after", after, "more than zero");
      require(most >= 1, "worker.stuck-most", most, "1 or more");
    }
  }
}
