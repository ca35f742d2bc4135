package io.grizz.api;

import java.time.Instant;
import java.util.Optional;

/**
 * When what happened to a job, by the clock of the store.
 *
 * @param dueAt when it may start, while it waits for its time
 * @param startedAt of its last run
 * @param endedAt empty until it has ended
 */
public record JobTimes(
    Instant enqueuedAt,
    Optional<Instant> dueAt,
    Optional<Instant> startedAt,
    Optional<Instant> endedAt) {}
