package io.grizz.api;

import static io.grizz.api.ConfigException.require;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * One piece of work, as its sender describes it. Immutable; begin with {@link #of} and change only
 * what you must.
 *
 * @param id names the job for ever; a UUID of version 7, so that ids sort by age
 * @param type which handler runs it: 1 to 64 of {@code a-z 0-9 . _ -}
 * @param payload JSON text for the handler, at most {@link #PAYLOAD_LIMIT} bytes as UTF-8
 * @param sender who sent it, and how urgent it is
 * @param schedule when it may start, and until when it is worth running
 * @param output whether what it produces is streamed, and whether a record is kept
 */
public record Job(
    UUID id, String type, String payload, Sender sender, Schedule schedule, Output output) {

  /** The largest payload, in bytes of UTF-8. */
  public static final int PAYLOAD_LIMIT = 256 * 1024;

  private static final Pattern TYPE = Pattern.compile("[a-z0-9._-]{1,64}");

  public Job {
    require(TYPE.matcher(type).matches(), "job.type", type, "1 to 64 of a-z, 0-9, '.', '_', '-'");
    // why first by characters: a payload far too large is not encoded to find that out
    int bytes =
        payload.length() > PAYLOAD_LIMIT
            ? payload.length()
            : payload.getBytes(StandardCharsets.UTF_8).length;
    require(bytes <= PAYLOAD_LIMIT, "job.payload", bytes + " bytes", "at most " + PAYLOAD_LIMIT);
    // why not shown: a payload may be anybody's secret
    require(JsonText.holds(payload), "job.payload", "no JSON text", "one JSON value");
  }

  /** A job of normal priority that may run at once, and does not stream. */
  public static Job of(UUID id, String type, String payload) {
    return new Job(id, type, payload, Sender.ANONYMOUS, Schedule.NOW, Output.NONE);
  }

  public Job with(Sender sender) {
    return new Job(id, type, payload, sender, schedule, output);
  }

  public Job with(Schedule schedule) {
    return new Job(id, type, payload, sender, schedule, output);
  }

  public Job with(Output output) {
    return new Job(id, type, payload, sender, schedule, output);
  }

  /**
   * Who sent a job.
   *
   * @param user whose job it is; empty for work that belongs to nobody
   * @param idempotencyKey the sender's own name for this request: a second job of the same user
   *     with the same key is answered with the first one; at most 255 characters
   * @param priority which lane it waits in
   */
  public record Sender(Optional<UUID> user, Optional<String> idempotencyKey, Priority priority) {
    /** Nobody, no key, normal priority. */
    public static final Sender ANONYMOUS =
        new Sender(Optional.empty(), Optional.empty(), Priority.NORMAL);

    private static final int KEY_LIMIT = 255;

    public Sender {
      require(
          idempotencyKey.map(String::length).orElse(1) <= KEY_LIMIT
              && !idempotencyKey.map(String::isEmpty).orElse(false),
          "job.idempotency-key",
          idempotencyKey.map(String::length).orElse(0) + " characters",
          "1 to " + KEY_LIMIT);
    }

    public Sender withPriority(Priority priority) {
      return new Sender(user, idempotencyKey, priority);
    }

    public Sender withKey(String idempotencyKey) {
      return new Sender(user, Optional.of(idempotencyKey), priority);
    }

    public Sender withUser(UUID user) {
      return new Sender(Optional.of(user), idempotencyKey, priority);
    }
  }

  /**
   * When a job may run. Times are of 1970 or later, and no later than {@link #LAST}.
   *
   * @param runAt not before; empty or in the past means at once
   * @param expiresAt not after: what still waits then has expired; empty means a day after it is
   *     due
   */
  public record Schedule(Optional<Instant> runAt, Optional<Instant> expiresAt) {
    /** The last moment that queues count with: the end of the year 9999. */
    // why: first, since NOW is checked against it
    public static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    /** At once, for a day. */
    public static final Schedule NOW = new Schedule(Optional.empty(), Optional.empty());

    public Schedule {
      requireCountable("job.run-at", runAt);
      requireCountable("job.expires-at", expiresAt);
      require(
          runAt.isEmpty() || expiresAt.isEmpty() || expiresAt.get().isAfter(runAt.get()),
          "job.expires-at",
          expiresAt.map(Instant::toString).orElse("never"),
          "after job.run-at");
    }

    private static void requireCountable(String setting, Optional<Instant> time) {
      Instant known = time.orElse(LAST);
      require(
          !known.isBefore(Instant.EPOCH) && !known.isAfter(LAST),
          setting,
          known,
          Instant.EPOCH + " to " + LAST);
    }

    /** Not before {@code instant}, and for a day from then. */
    public static Schedule at(Instant instant) {
      return new Schedule(Optional.of(instant), Optional.empty());
    }
  }

  /**
   * Where the output of a job goes.
   *
   * @param log the name of its output log; empty for a job that does not stream
   * @param recorded whether the record closes this job before its terminal event is shown
   */
  public record Output(Optional<String> log, boolean recorded) {
    private static final Pattern LOG = Pattern.compile("[a-z0-9]{1,16}");

    /** No output log, no record. */
    public static final Output NONE = new Output(Optional.empty(), false);

    public Output {
      require(
          log.isEmpty() || LOG.matcher(log.get()).matches(),
          "job.log",
          log.orElse(""),
          "1 to 16 of a-z, 0-9");
    }

    /** An output log of this name. */
    public static Output streaming(String log) {
      return new Output(Optional.of(log), false);
    }
  }
}
