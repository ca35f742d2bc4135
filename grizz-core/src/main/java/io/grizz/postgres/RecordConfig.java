package io.grizz.postgres;

import static io.grizz.api.ConfigException.require;

import java.time.Duration;

/**
 * How much the record accepts, and how patient it is.
 *
 * @param inFlight open jobs that one user may have, 1 or more; held ones count
 * @param backlog jobs that may be accepted while the queue is away, 1 or more
 * @param unsentAfter how long an accepted job is its acceptor's to enqueue
 * @param claim how long a claimed job is its claimant's
 * @param cancelClaim how long a claimed cancel is its claimant's
 */
public record RecordConfig(
    int inFlight, int backlog, Duration unsentAfter, Duration claim, Duration cancelClaim) {

  /** 3 jobs, a backlog of 5000, sent by others after 2 s, claims of 1 min and 10 s. */
  public static final RecordConfig DEFAULTS =
      new RecordConfig(
          3, 5_000, Duration.ofSeconds(2), Duration.ofMinutes(1), Duration.ofSeconds(10));

  public RecordConfig {
    require(inFlight >= 1, "limits.in-flight", inFlight, "1 or more");
    require(backlog >= 1, "record.backlog", backlog, "1 or more");
    require(!unsentAfter.isNegative(), "record.unsent-after", unsentAfter, "zero or more");
    require(claim.isPositive(), "record.claim", claim, "more than zero");
    require(cancelClaim.isPositive(), "record.cancel-claim", cancelClaim, "more than zero");
  }

  public RecordConfig withInFlight(int jobs) {
    return new RecordConfig(jobs, backlog, unsentAfter, claim, cancelClaim);
  }

  public RecordConfig withBacklog(int jobs) {
    return new RecordConfig(inFlight, jobs, unsentAfter, claim, cancelClaim);
  }
}
