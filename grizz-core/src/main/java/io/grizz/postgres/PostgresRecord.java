package io.grizz.postgres;

import io.grizz.api.ChatRecord;
import io.grizz.api.Erasure;
import io.grizz.api.Ledger;
import io.grizz.postgres.Conversations.Opening;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** The record in Postgres; {@link Migrations} makes its tables. */
public final class PostgresRecord implements ChatRecord {

  private static final int LOG_NAME = 8;
  private static final int LETTERS_AND_DIGITS = 36;

  private final Way way;
  private final RecordConfig config;
  private final Supplier<UUID> ids;
  private final InstantSource clock;

  /**
   * @param ids names jobs, and from its random part, their logs; sorts by time, or rows scatter
   * @param clock judges claims and days
   */
  public PostgresRecord(
      SessionScope scope, RecordConfig config, Supplier<UUID> ids, InstantSource clock) {
    this.way = new Way(scope);
    this.config = config;
    this.ids = ids;
    this.clock = clock;
  }

  @Override
  public Acceptance accept(ChatMessage message, Quote quote) {
    Entrance entrance = new Entrance(message, quote, ids.get(), logName(), clock.instant(), config);
    try {
      return write("accept", entrance::pass);
    } catch (RecordRefusedException e) {
      if (userUnknown(e)) {
        return new Acceptance.Forbidden();
      }
      throw e;
    }
  }

  @Override
  public void sent(List<UUID> jobs) {
    Instant now = clock.instant();
    write(
        "sent",
        session ->
            session.update(
                "update grizz.jobs set sent_at = ?, claimed_until = null where id = any(?)",
                now,
                jobs.toArray(UUID[]::new)));
  }

  @Override
  public Begun begin(UUID job, long epoch) {
    return write("begin", session -> course(session, job).begin(epoch));
  }

  @Override
  public void spent(UUID job, long epoch, Usage usage) {
    Instant now = clock.instant();
    write("spent", session -> Spending.add(session, job, epoch, usage, now));
  }

  @Override
  public Finished finish(UUID job, long epoch, Answer answer) {
    requireEnd(answer);
    return write("finish", session -> course(session, job).finish(epoch, answer));
  }

  @Override
  public Finished closeEnded(UUID job, Answer answer) {
    requireEnd(answer);
    return write("closeEnded", session -> course(session, job).closeEnded(answer));
  }

  @Override
  public boolean cancel(UUID user, UUID job) {
    return write(
        "cancel",
        session -> {
          boolean own = own(session, user, job).isPresent();
          if (own) {
            course(session, job).cancel();
          }
          return own;
        });
  }

  @Override
  public List<Message> history(UUID user, UUID job, Window most) {
    return read("history", session -> Conversations.history(session, user, job, most));
  }

  @Override
  public Conversation today(UUID user, ZoneId zone, Instant now) {
    return known(user, "today", session -> Conversations.today(session, user, zone, now));
  }

  @Override
  public Conversation open(UUID user, String title, ZoneId zone, Instant now) {
    // why named here: a repeat after an unknown commit finds its own
    UUID id = ids.get();
    return known(
        user,
        "open",
        session -> Conversations.open(session, user, new Opening(id, title, zone, now)));
  }

  @Override
  public boolean rename(UUID user, UUID conversation, String title) {
    return write("rename", session -> Conversations.rename(session, user, conversation, title));
  }

  @Override
  public List<Conversation> conversations(UUID user, Optional<Instant> before, int limit) {
    return read("conversations", session -> Conversations.newest(session, user, before, limit));
  }

  @Override
  public Optional<List<Message>> messages(
      UUID user, UUID conversation, Optional<UUID> before, int limit) {
    return read(
        "messages", session -> Conversations.messages(session, user, conversation, before, limit));
  }

  @Override
  public Optional<RecordedJob> job(UUID user, UUID job) {
    return read("job", session -> own(session, user, job));
  }

  @Override
  public Optional<Begun.Closed> closed(UUID user, UUID job) {
    return read("closed", session -> Conversations.closed(session, user, job));
  }

  @Override
  public List<RecordedJob> claimUnsent(int limit) {
    return write("claimUnsent", session -> claims(session).unsent(limit));
  }

  @Override
  public List<RecordedJob> claimLost(Duration olderThan, int limit) {
    return write("claimLost", session -> claims(session).lost(olderThan, limit));
  }

  @Override
  public boolean relog(RecordedJob job, String log) {
    // why also its own: it is a repeat then, after an unknown commit
    return write(
        "relog",
        session ->
            session.update(
                    """
                    update grizz.jobs set log = ?
                    where id = ? and log in (?, ?) and state in ('HELD', 'READY', 'RUNNING')
                    """,
                    log,
                    job.id(),
                    job.log(),
                    log)
                == 1);
  }

  @Override
  public List<RecordedJob> releaseHeld(int limit) {
    return write("releaseHeld", session -> claims(session).released(limit));
  }

  @Override
  public List<UUID> claimCancels(int limit) {
    return write("claimCancels", session -> claims(session).cancels(limit));
  }

  @Override
  public Optional<RecordedJob> reopen(UUID job) {
    String log = logName();
    return write("reopen", session -> course(session, job).reopen(log));
  }

  @Override
  public List<UUID> old(Instant before, int limit) {
    return read("old", session -> claims(session).old(before, limit));
  }

  @Override
  public void trim(List<UUID> jobs, Instant before) {
    write("trim", session -> claims(session).trim(jobs, before));
  }

  @Override
  public Ledger ledger() {
    return new PostgresLedger(way, config.user(), clock);
  }

  @Override
  public Erasure erasure() {
    return new PostgresErasure(way);
  }

  private Course course(Session session, UUID job) {
    return new Course(session, job, clock.instant());
  }

  private Claims claims(Session session) {
    return new Claims(session, config, clock.instant());
  }

  private static Optional<RecordedJob> own(Session session, UUID user, UUID job) {
    return session.optional(
        "select * from grizz.jobs where id = ? and user_id = ?", Rows::job, job, user);
  }

  private static void requireEnd(Answer answer) {
    if (!answer.state().terminal()) {
      throw new IllegalArgumentException("not an end: " + answer.state());
    }
  }

  private String logName() {
    String digits = Long.toUnsignedString(ids.get().getLeastSignificantBits(), LETTERS_AND_DIGITS);
    return "0".repeat(LOG_NAME).concat(digits).substring(digits.length());
  }

  private <T> T known(UUID user, String name, SessionScope.Work<T> work) {
    try {
      return write(name, work);
    } catch (RecordRefusedException e) {
      if (userUnknown(e)) {
        throw new UnknownUserException(user, e);
      }
      throw e;
    }
  }

  private <T> T write(String name, SessionScope.Work<T> work) {
    return way.write(name, work);
  }

  private <T> T read(String name, SessionScope.Work<T> work) {
    return way.read(name, work);
  }

  /** Only the users' own table can be missing a row: those of ours are written together. */
  private static boolean userUnknown(RecordRefusedException e) {
    return e.getCause() instanceof SessionException cause
        && cause.state().equals(SqlState.FOREIGN_KEY);
  }

  /** A transaction of the record, whose errors are those that the record's users know. */
  record Way(SessionScope scope) {

    /** Everything written here is safe to repeat, so an unknown commit is answered by repeating. */
    <T> T write(String name, SessionScope.Work<T> work) {
      try {
        try {
          return scope.inTransaction(name, work);
        } catch (CommitUnknownException e) {
          return scope.inTransaction(name, work);
        }
      } catch (SessionException e) {
        throw told(name, e);
      }
    }

    <T> T read(String name, SessionScope.Work<T> work) {
      try {
        return scope.read(name, work);
      } catch (SessionException e) {
        throw told(name, e);
      }
    }

    private static RuntimeException told(String name, SessionException e) {
      String message = name + ": " + e.getMessage();
      return e.isTransient() || SqlState.unmade(e.state())
          ? new RecordUnavailableException(message, e)
          : new RecordRefusedException(message, e);
    }
  }
}
