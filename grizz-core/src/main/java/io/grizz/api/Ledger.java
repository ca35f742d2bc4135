package io.grizz.api;

import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What answers have cost, by user and day of UTC. Each run that asked a model counts, also one that
 * failed or was cut off; a run counts once, however often it was recorded.
 *
 * <p><b>Threads and errors</b> as {@link ChatRecord}.
 */
public interface Ledger {

  /**
   * The days on which anything was used, the latest first; of one day, the dearest user first.
   *
   * @param user whose, or empty for everybody's
   * @param from the first day
   * @param to the last day
   * @param limit most items
   */
  List<Day> days(Optional<UUID> user, LocalDate from, LocalDate to, int limit);

  /**
   * Deletes what was used on days before {@code before}.
   *
   * @param limit most runs of it
   * @return how many
   */
  int trim(LocalDate before, int limit);

  /** What the user may still use today; empty when nothing bounds it. */
  Optional<Allowance> allowance(UUID user);

  /**
   * One user's day.
   *
   * @param estimated runs of it whose tokens were measured by us, not told by the provider
   */
  record Day(UUID user, LocalDate day, int runs, int estimated, Tokens tokens, long costMicros) {}

  /**
   * Tokens by kind.
   *
   * @param cached the part of {@code input} that the provider had at hand, and sells cheaper
   */
  record Tokens(long input, long output, long cached) {}

  /**
   * A bound of the day and what is left of it: what was used is taken off, and what open jobs may
   * use yet.
   *
   * @param tokens empty when only the cost is bounded
   * @param costMicros empty when only tokens are bounded
   */
  record Allowance(Optional<Long> tokens, Optional<Long> costMicros) {}
}
