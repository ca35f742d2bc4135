package io.grizz.redis;

import io.grizz.api.Counters;
import io.grizz.api.Job;
import io.grizz.api.Lease;
import io.grizz.api.Priority;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What scripts answer, turned into values: the border at which untyped replies end. */
final class Reply {

  private Reply() {}

  @SuppressWarnings("unchecked") // why: Jedis answers scripts with nested lists of objects
  static List<Object> list(Object reply) {
    return (List<Object>) reply;
  }

  static String text(Object reply) {
    return String.valueOf(reply);
  }

  static long number(Object reply) {
    return reply instanceof Long value ? value : Long.parseLong(text(reply));
  }

  /** The lane of a priority, as scripts number them: from 1. */
  static int lane(Priority priority) {
    return StreamKeys.LANES.indexOf(priority.name().toLowerCase(Locale.ROOT)) + 1;
  }

  private static Priority priority(int lane) {
    return Priority.valueOf(StreamKeys.LANES.get(lane - 1).toUpperCase(Locale.ROOT));
  }

  /** One job of {@code take.lua}. */
  static Lease lease(List<Object> row) {
    Optional<UUID> user = present(field(row.get(8))).map(UUID::fromString);
    Priority priority = priority((int) number(row.get(9)));
    Job job =
        new Job(
            UUID.fromString(text(row.get(0))),
            text(row.get(7)),
            text(row.get(4)),
            new Job.Sender(user, Optional.empty(), priority),
            new Job.Schedule(
                Optional.empty(), Optional.of(Instant.ofEpochMilli(number(row.get(5))))),
            new Job.Output(present(field(row.get(10))), field(row.get(11)).equals("1")));
    Counters counters =
        new Counters(
            count(row.get(12)), count(row.get(13)), count(row.get(14)), count(row.get(15)));
    return new Lease(job, counters, number(row.get(2)), text(row.get(1)), count(row.get(6)));
  }

  /** A field that a hash may lack; then it reads as empty. */
  private static String field(@Nullable Object reply) {
    return reply == null ? "" : text(reply);
  }

  /** A number that stands for none where it is missing. */
  private static int count(@Nullable Object reply) {
    return reply == null ? 0 : (int) number(reply);
  }

  static Optional<String> present(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
