package io.grizz.postgres;

import io.grizz.api.ChatRecord.Quote;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.postgres.RecordConfig.PerUser;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;

/** What a user's day has used: runs that were counted, and what open jobs may use yet. */
record Spending(Session session, UUID user, Instant now) {

  /** Used and quoted. */
  record Sum(long tokens, long costMicros) {}

  /** Whether the day has room for a job. Exact under the lock of the user's row. */
  boolean bears(Quote quote, PerUser most) {
    if (most.unbounded()) {
      return true;
    }
    Sum sum = sum();
    return sum.tokens() + quote.tokens() <= most.dayTokens().orElse(Long.MAX_VALUE)
        && sum.costMicros() + quote.costMicros() <= most.dayCostMicros().orElse(Long.MAX_VALUE)
        && left(most.dayTokens(), sum.tokens()).orElse(1L) > 0
        && left(most.dayCostMicros(), sum.costMicros()).orElse(1L) > 0;
  }

  /** What is left of a bound. */
  static Optional<Long> left(Optional<Long> most, long used) {
    return most.map(it -> Math.max(0, it - used));
  }

  /** In one statement: a job that ends moves from one sum to the other, and must not be missed. */
  Sum sum() {
    return session.one(
        """
        select
          used.tokens + coalesce(sum(j.quoted_tokens), 0) as tokens,
          used.micros + coalesce(sum(j.quoted_micros), 0) as micros
        from (
          select coalesce(sum(input_tokens + output_tokens), 0) as tokens,
            coalesce(sum(cost_micros), 0) as micros
          from grizz.usage where user_id = ? and day = ?) used
        left join grizz.jobs j on j.user_id = ? and j.state in ('HELD', 'READY', 'RUNNING')
        group by used.tokens, used.micros
        """,
        row -> new Sum(row.number("tokens"), row.number("micros")),
        user,
        day(now),
        user);
  }

  /** How long the day lasts yet. */
  Duration restOfTheDay() {
    return Duration.between(now, day(now).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant());
  }

  /** Counts a run; one that was counted before, or whose job is gone, adds nothing. */
  static int add(Session session, UUID job, long epoch, Usage usage, Instant now) {
    if (usage.input() + usage.output() == 0) {
      return 0;
    }
    return session.update(
        """
        insert into grizz.usage
        select id, ?, user_id, ?, ?, ?, ?, ?, ?, ? from grizz.jobs where id = ?
        on conflict do nothing
        """,
        epoch,
        day(now),
        Rows.storable(usage.model()),
        usage.input(),
        usage.output(),
        usage.cached(),
        usage.estimated(),
        usage.costMicros(),
        job);
  }

  static LocalDate day(Instant now) {
    return LocalDate.ofInstant(now, ZoneOffset.UTC);
  }
}
