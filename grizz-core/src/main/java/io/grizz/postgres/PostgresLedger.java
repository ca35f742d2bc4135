package io.grizz.postgres;

import io.grizz.api.Ledger;
import io.grizz.postgres.RecordConfig.PerUser;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The ledger in Postgres. */
final class PostgresLedger implements Ledger {

  private final PostgresRecord.Way record;
  private final PerUser most;
  private final InstantSource clock;

  PostgresLedger(PostgresRecord.Way record, PerUser most, InstantSource clock) {
    this.record = record;
    this.most = most;
    this.clock = clock;
  }

  @Override
  public List<Day> days(Optional<UUID> user, LocalDate from, LocalDate to, int limit) {
    return record.read(
        "days",
        session ->
            session.query(
                """
                select user_id, day, count(*) as runs,
                  count(*) filter (where estimated) as estimated,
                  sum(input_tokens) as input, sum(output_tokens) as output,
                  sum(cached_tokens) as cached, sum(cost_micros) as micros
                from grizz.usage
                where (?::uuid is null or user_id = ?::uuid) and day between ? and ?
                group by user_id, day order by day desc, micros desc, user_id limit ?
                """,
                PostgresLedger::day,
                user,
                user,
                from,
                to,
                limit));
  }

  @Override
  public int trim(LocalDate before, int limit) {
    return record.write(
        "trimUsage",
        session ->
            session.update(
                """
                delete from grizz.usage where (job_id, epoch) in (
                  select job_id, epoch from grizz.usage
                  where day < ? order by day limit ? for update skip locked)
                """,
                before,
                limit));
  }

  @Override
  public Optional<Allowance> allowance(UUID user) {
    if (most.unbounded()) {
      return Optional.empty();
    }
    Spending.Sum sum =
        record.read("allowance", session -> new Spending(session, user, clock.instant()).sum());
    return Optional.of(
        new Allowance(
            Spending.left(most.dayTokens(), sum.tokens()),
            Spending.left(most.dayCostMicros(), sum.costMicros())));
  }

  private static Day day(Row row) {
    return new Day(
        row.uuid("user_id"),
        row.day("day"),
        row.integer("runs"),
        row.integer("estimated"),
        new Tokens(row.number("input"), row.number("output"), row.number("cached")),
        row.number("micros"));
  }
}
