package io.grizz.postgres;

import static io.grizz.api.ConfigException.require;

import java.time.Duration;
import java.util.Optional;

/**
 * How much the record accepts, and how patient it is. Immutable; begin with {@link #DEFAULTS}.
 *
 * @param user what one user may have
 * @param backlog jobs that may be accepted while the queue is away, 1 or more
 * @param unsentAfter how long an accepted job is its acceptor's to enqueue
 * @param claim how long a claimed job is its claimant's
 * @param cancelClaim how long a claimed cancel is its claimant's
 * @param keep how long what is over is kept; messages stay
 */
public record RecordConfig(
    PerUser user,
    int backlog,
    Duration unsentAfter,
    Duration claim,
    Duration cancelClaim,
    Keep keep) {

  /**
   * 3 jobs a user, a backlog of 5000, sent by others after 2 s, claims of 1 min and 10 s, kept for
   * 30 days, and what was used for 400.
   */
  public static final RecordConfig DEFAULTS =
      new RecordConfig(
          new PerUser(3, Optional.empty(), Optional.empty()),
          5_000,
          Duration.ofSeconds(2),
          Duration.ofMinutes(1),
          Duration.ofSeconds(10),
          new Keep(Duration.ofDays(30), Duration.ofDays(400)));

  public RecordConfig {
    require(backlog >= 1, "record.backlog", backlog, "1 or more");
    require(!unsentAfter.isNegative(), "record.unsent-after", unsentAfter, "zero or more");
    require(claim.isPositive(), "record.claim", claim, "more than zero");
    require(cancelClaim.isPositive(), "record.cancel-claim", cancelClaim, "more than zero");
  }

  public RecordConfig withUser(PerUser most) {
    return new RecordConfig(most, backlog, unsentAfter, claim, cancelClaim, keep);
  }

  public RecordConfig withInFlight(int jobs) {
    return withUser(new PerUser(jobs, user.dayTokens(), user.dayCostMicros()));
  }

  public RecordConfig withBacklog(int jobs) {
    return new RecordConfig(user, jobs, unsentAfter, claim, cancelClaim, keep);
  }

  /**
   * How long what is over is kept.
   *
   * @param jobs after their end
   * @param usage what answers used, after the day on which they did
   */
  public record Keep(Duration jobs, Duration usage) {
    private static final Duration SHORTEST_USAGE = Duration.ofDays(2);

    public Keep {
      require(jobs.isPositive(), "record.keep", jobs, "more than zero");
      // why: bounds of a day are judged by what was used on it
      require(
          usage.compareTo(SHORTEST_USAGE) >= 0,
          "record.keep-usage",
          usage,
          "at least " + SHORTEST_USAGE);
    }
  }

  /**
   * What one user may have. Days are those of UTC.
   *
   * @param inFlight open jobs, 1 or more; held ones count
   * @param dayTokens tokens of a day, in and out, 1 or more; empty for any number
   * @param dayCostMicros cost of a day in millionths of a dollar, 1 or more; empty for any
   */
  public record PerUser(int inFlight, Optional<Long> dayTokens, Optional<Long> dayCostMicros) {
    public PerUser {
      require(inFlight >= 1, "limits.in-flight", inFlight, "1 or more");
      require(dayTokens.orElse(1L) >= 1, "limits.day-tokens", dayTokens, "1 or more");
      require(dayCostMicros.orElse(1L) >= 1, "limits.day-cost", dayCostMicros, "more than zero");
    }

    boolean unbounded() {
      return dayTokens.isEmpty() && dayCostMicros.isEmpty();
    }
  }
}
