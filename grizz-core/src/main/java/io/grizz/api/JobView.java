package io.grizz.api;

import java.util.Optional;
import java.util.UUID;

/**
 * A job as it stands, for people and programs that ask. A picture of one moment.
 *
 * @param user whose job it is
 * @param cancelAsked its owner wants it stopped
 * @param result what a completed job returned, as JSON text
 * @param reason why it was last retried, put off, released or given up on
 */
public record JobView(
    UUID id,
    String type,
    JobState state,
    Optional<UUID> user,
    Counters counters,
    boolean cancelAsked,
    Optional<String> result,
    Optional<String> reason,
    JobTimes times) {}
