package io.grizz.postgres;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.Quote;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.Job;
import io.grizz.api.JobState;
import io.grizz.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Accepts one message, in one transaction: under the lock of the user's row, so that a user's
 * messages are told apart and counted one by one, then under the conversation's.
 *
 * @param quote counts against the user's day until the job ends
 * @param id of the job that is made; a repeat of this very call finds it again
 * @param log the name of the job's output log
 */
record Entrance(
    ChatMessage message, Quote quote, UUID id, String log, Instant now, RecordConfig config) {

  private static final String TYPE = "chat";
  private static final long BACKLOG_LOCK = 0x6772697A7AL;

  /** Below this distance from the bound, acceptors count one after the other. */
  private static final int CLOSE_TO_BACKLOG = 256;

  Acceptance pass(Session session) {
    lockUser(session);
    Optional<Acceptance> repeat = repeat(session);
    if (repeat.isPresent()) {
      return repeat.get();
    }
    Optional<UUID> locked = lockConversation(session);
    if (locked.isEmpty()) {
      return exists(session, message.conversation().orElseThrow())
          ? new Acceptance.Forbidden()
          : new Acceptance.NoConversation();
    }
    UUID conversation = locked.get();
    Standing standing = standing(session);
    List<RecordedJob> open =
        standing.open().stream().filter(it -> it.conversation().equals(conversation)).toList();
    if (!open.isEmpty() && message.onBusy() == OnBusy.REJECT) {
      return new Acceptance.Busy(front(open).id());
    }
    int mine = standing.open().size();
    if (mine >= config.user().inFlight()) {
      return new Acceptance.TooMany(mine);
    }
    Spending spending = new Spending(session, message.user(), now);
    if (!spending.bears(quote, config.user())) {
      return new Acceptance.OverBudget(spending.restOfTheDay());
    }
    JobState state = open.isEmpty() ? JobState.READY : JobState.HELD;
    if (state == JobState.READY && standing.unsent() + CLOSE_TO_BACKLOG >= config.backlog()) {
      refuseBeyondBacklog(session);
    }
    RecordedJob job = write(session, conversation, state);
    return new Acceptance.Accepted(job, interrupted(session, conversation));
  }

  private void lockUser(Session session) {
    if (!userLocked(session)) {
      session.update(
          "insert into grizz.users (user_id) values (?) on conflict do nothing", message.user());
      userLocked(session);
    }
  }

  private boolean userLocked(Session session) {
    return session
        .optional(
            "select user_id from grizz.users where user_id = ? for update",
            row -> row.uuid("user_id"),
            message.user())
        .isPresent();
  }

  private Optional<Acceptance> repeat(Session session) {
    return session.optional(
        "select * from grizz.jobs where user_id = ? and client_key = ?",
        row -> {
          RecordedJob known = Rows.job(row);
          if (!row.text("digest").equals(digest())) {
            return new Acceptance.Conflict(known.id());
          }
          // why: our own transaction, whose commit we did not hear of
          return known.id().equals(id)
              ? new Acceptance.Accepted(known, Optional.empty())
              : new Acceptance.Duplicate(known);
        },
        message.user(),
        message.key());
  }

  /**
   * Locks the message's conversation, or the day's, which is made if need be. Empty when it is not
   * the user's.
   */
  private Optional<UUID> lockConversation(Session session) {
    if (message.conversation().isPresent()) {
      return locked(session, message.conversation().get());
    }
    return session
        .optional(
            """
            update public.conversations set updated_at = now()
            where user_id = ? and conv_day = ? and not explicit
            returning id
            """,
            row -> row.uuid("id"),
            message.user(),
            LocalDate.ofInstant(now, message.zone()))
        .or(() ->
            locked(
                session, Conversations.today(session, message.user(), message.zone(), now).id()));
  }

  /**
   * Locks a conversation by the change that is due anyway; one that is not of a day and has no name
   * yet gets it from its first message. Empty when it is not the user's.
   */
  private Optional<UUID> locked(Session session, UUID conversation) {
    return session.optional(
        """
        update public.conversations
        set updated_at = now(), title = case
          when explicit then coalesce(nullif(title, ''), nullif(?, '')) else title end
        where id = ? and user_id = ?
        returning id
        """,
        row -> row.uuid("id"),
        Conversations.title(message.text()),
        conversation,
        message.user());
  }

  private static boolean exists(Session session, UUID conversation) {
    return session
        .optional(
            "select id from public.conversations where id = ?", row -> row.uuid("id"), conversation)
        .isPresent();
  }

  /**
   * What is there already.
   *
   * @param unsent of everybody's
   * @param open of the user, in all conversations
   */
  private record Standing(int unsent, List<RecordedJob> open) {}

  private Standing standing(Session session) {
    List<Standing> rows =
        session.query(
            """
            select unsent.jobs as unsent, open.*
            from (
              select count(*) as jobs from (
                select from grizz.jobs
                where sent_at is null and state in ('READY', 'RUNNING') limit ?) these) unsent
            left join grizz.jobs open
              on open.user_id = ? and open.state in ('HELD', 'READY', 'RUNNING')
            order by open.turn
            """,
            row ->
                new Standing(
                    row.integer("unsent"),
                    row.optionalUuid("id").isPresent() ? List.of(Rows.job(row)) : List.of()),
            config.backlog(),
            message.user());
    return new Standing(
        rows.getFirst().unsent(), rows.stream().flatMap(it -> it.open().stream()).toList());
  }

  private static RecordedJob front(List<RecordedJob> open) {
    return open.stream()
        .filter(it -> it.state() != JobState.HELD)
        .findFirst()
        .orElseGet(() -> open.get(0));
  }

  /** Counts again, while all others who may come close to the bound wait. */
  private void refuseBeyondBacklog(Session session) {
    session.query("select pg_advisory_xact_lock(?)", row -> row, BACKLOG_LOCK);
    int unsent = unsent(session);
    if (unsent >= config.backlog()) {
      throw new RecordUnavailableException(
          unsent + " accepted jobs wait for the queue, as many as may (record.backlog)");
    }
  }

  private int unsent(Session session) {
    return session.one(
        """
        select count(*) as jobs from (
          select from grizz.jobs where sent_at is null and state in ('READY', 'RUNNING') limit ?
        ) unsent
        """,
        row -> row.integer("jobs"),
        config.backlog());
  }

  /** Writes the job, and its message unless that is empty. */
  private RecordedJob write(Session session, UUID conversation, JobState state) {
    String text = Rows.storable(message.text());
    // why here: a row that no queue takes would be accepted, and never run
    Job job = Job.of(id, TYPE, payload(conversation));
    return session.one(
        """
        with job as (
          insert into grizz.jobs (
            id, user_id, conversation_id, client_key, digest, type, payload, state, log, ready_at,
            quoted_tokens, quoted_micros)
          values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          returning *),
        said as (
          insert into public.messages
            (conversation_id, user_id, role, content, metadata, job_id, life, created_at)
          select conversation_id, user_id, 'user', text, ?::jsonb, id, 1, clock_timestamp()
          from job, (select ? as text) message where text <> '')
        select * from job
        """,
        Rows::job,
        id,
        message.user(),
        conversation,
        message.key(),
        digest(),
        job.type(),
        job.payload(),
        state,
        log,
        now,
        quote.tokens(),
        quote.costMicros(),
        metadata(),
        text);
  }

  /** What the message shows besides its text, as readers of the conversation get it. */
  private Optional<String> metadata() {
    JsonNode files = Json.tree(message.request()).path("files");
    return files.isEmpty()
        ? Optional.empty()
        : Optional.of(Json.write(Json.object().set("files", files)));
  }

  private Optional<UUID> interrupted(Session session, UUID conversation) {
    if (message.onBusy() != OnBusy.INTERRUPT) {
      return Optional.empty();
    }
    return session
        .query(
            """
            update grizz.jobs set cancel_asked = true
            where conversation_id = ? and state in ('READY', 'RUNNING') and id <> ?
            returning id
            """,
            row -> row.uuid("id"),
            conversation,
            id)
        .stream()
        .findFirst();
  }

  private String payload(UUID conversation) {
    return Json.write(
        Json.object()
            .put("conversation", conversation.toString())
            .put("text", message.text())
            .set("request", Json.tree(message.request())));
  }

  /** What makes a message the same; not the conversation of the day, which changes at midnight. */
  private String digest() {
    String same =
        Json.write(
            Json.object()
                .put("conversation", message.conversation().map(UUID::toString).orElse(""))
                .put("text", message.text())
                .set("request", Json.tree(message.request())));
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha.digest(same.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
