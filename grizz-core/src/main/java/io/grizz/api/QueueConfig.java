package io.grizz.api;

import static io.grizz.api.ConfigException.require;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * How one queue behaves. Immutable; begin with {@link #named} and change only what you must. All
 * who use a queue at one time must agree on its lease, its limits and its crashes: who does not is
 * refused.
 *
 * @param name 1 to 64 of {@code a-z 0-9 -}; becomes part of every key of the store
 * @param leases how long a worker may be silent, and how often it speaks
 * @param capacity jobs that may wait before {@link JobQueue#enqueue} answers {@link
 *     Receipt.Overloaded}
 * @param softLimit jobs that may wait before senders are told to slow down; at most {@code
 *     capacity}
 * @param crashes workers that a job may kill before it is dead-lettered as poison
 * @param retention how long what has ended is kept
 */
public record QueueConfig(
    String name, Leases leases, int capacity, int softLimit, int crashes, Retention retention) {

  private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,64}");

  public QueueConfig {
    require(NAME.matcher(name).matches(), "queue.name", name, "1 to 64 of a-z, 0-9 and '-'");
    require(capacity >= 1, "queue.capacity", capacity, "1 or more");
    require(
        softLimit >= 1 && softLimit <= capacity,
        "queue.soft-limit",
        softLimit,
        "1 to queue.capacity, " + capacity);
    require(crashes >= 1, "worker.crashes", crashes, "1 or more");
  }

  /** Lease 30 s, capacity 5000, soft limit 3000, 3 crashes. */
  public static QueueConfig named(String name) {
    return new QueueConfig(name, Leases.STANDARD, 5_000, 3_000, 3, Retention.STANDARD);
  }

  public QueueConfig withLeases(Leases leases) {
    return new QueueConfig(name, leases, capacity, softLimit, crashes, retention);
  }

  /** Both limits at once: the soft one must not exceed the hard one. */
  public QueueConfig withCapacity(int capacity, int softLimit) {
    return new QueueConfig(name, leases, capacity, softLimit, crashes, retention);
  }

  public QueueConfig withCrashes(int crashes) {
    return new QueueConfig(name, leases, capacity, softLimit, crashes, retention);
  }

  public QueueConfig withRetention(Retention retention) {
    return new QueueConfig(name, leases, capacity, softLimit, crashes, retention);
  }

  /**
   * The times of a lease.
   *
   * @param lease how long a worker may stay silent before its jobs are due again; at least 1 s
   * @param renew how often it renews; at most a third of {@code lease}
   * @param reap how often silent workers are looked for; at most {@code lease}
   * @param block how long a worker listens for the bell at a time; at least 1 s
   */
  public record Leases(Duration lease, Duration renew, Duration reap, Duration block) {
    // why: first, since STANDARD is checked against it
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    /** Lease 30 s, renewed each 10 s, reaped each 4 s, bell 15 s. */
    public static final Leases STANDARD =
        new Leases(
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofSeconds(4),
            Duration.ofSeconds(15));

    public Leases {
      require(lease.compareTo(SHORTEST) >= 0, "queue.lease", lease, "at least " + SHORTEST);
      require(
          renew.isPositive() && renew.plus(renew).plus(renew).compareTo(lease) <= 0,
          "queue.renew",
          renew,
          "more than zero and at most a third of queue.lease, " + lease);
      require(
          reap.isPositive() && reap.compareTo(lease) <= 0,
          "queue.reap",
          reap,
          "more than zero and at most queue.lease, " + lease);
      require(block.compareTo(SHORTEST) >= 0, "queue.block", block, "at least " + SHORTEST);
    }
  }

  /**
   * How long the queue keeps what it was given.
   *
   * @param waiting a job that nobody runs, after it is due, unless it says itself when it expires
   * @param ended a job that completed, was cancelled or expired
   * @param log an output log after its job's end
   * @param key an idempotency key after its job's end
   * @param deadLetters how many dead letters; beyond, the oldest are dropped, and counted in {@link
   *     QueueStats#overflow()}
   * @param endedJobs how many of the jobs that ended well; beyond, the first to end are forgotten
   *     before their time, with their logs
   */
  public record Retention(
      Duration waiting,
      Duration ended,
      Duration log,
      Duration key,
      int deadLetters,
      int endedJobs) {
    /**
     * Waiting jobs 24 h, ended ones 1 h, logs 15 min, keys 24 h, 10000 dead letters, 100000 ended
     * jobs.
     */
    public static final Retention STANDARD =
        new Retention(
            Duration.ofHours(24),
            Duration.ofHours(1),
            Duration.ofMinutes(15),
            Duration.ofHours(24),
            10_000,
            100_000);

    public Retention {
      require(waiting.isPositive(), "job.max-age", waiting, "more than zero");
      require(ended.isPositive(), "queue.keep", ended, "more than zero");
      require(log.isPositive(), "output.keep", log, "more than zero");
      require(key.isPositive(), "queue.keep-keys", key, "more than zero");
      require(deadLetters >= 1, "queue.dead-letters", deadLetters, "1 or more");
      require(endedJobs >= 1, "queue.keep-most", endedJobs, "1 or more");
    }
  }
}
