package io.grizz.postgres;

import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.Conversation;
import io.grizz.api.ChatRecord.Message;
import io.grizz.api.ChatRecord.Window;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a user reads: conversations, and what was said in them. Always under the user's id. */
final class Conversations {

  private static final int LONGEST_TITLE = 80;

  private Conversations() {}

  static Conversation today(Session session, UUID user, ZoneId zone, Instant now) {
    LocalDate day = LocalDate.ofInstant(now, zone);
    session.update(
        """
        insert into public.conversations (user_id, conv_day, user_tz) values (?, ?, ?)
        on conflict (user_id, conv_day) where not explicit do nothing
        """,
        user,
        day,
        zone.getId());
    return session.one(
        """
        select id, title, conv_day, user_tz, created_at from public.conversations
        where user_id = ? and conv_day = ? and not explicit
        """,
        Rows::conversation,
        user,
        day);
  }

  static List<Conversation> newest(
      Session session, UUID user, Optional<Instant> before, int limit) {
    return session.query(
        """
        select id, title, conv_day, user_tz, created_at from public.conversations
        where user_id = ? and created_at < coalesce(?::timestamptz, 'infinity')
        order by created_at desc fetch first (?) rows with ties
        """,
        Rows::conversation,
        user,
        before,
        limit);
  }

  static Optional<List<Message>> messages(
      Session session, UUID user, UUID conversation, Optional<UUID> before, int limit) {
    Optional<UUID> own =
        session.optional(
            "select id from public.conversations where id = ? and user_id = ?",
            row -> row.uuid("id"),
            conversation,
            user);
    return own.map(id ->
        session.query(
            """
            select m.id, m.role, m.content, m.metadata, m.job_id, m.created_at, j.state
            from public.messages m left join grizz.jobs j on j.id = m.job_id
            where m.conversation_id = ? and m.role in ('user', 'assistant')
              and (?::uuid is null or (m.created_at, m.id) <
                (select b.created_at, b.id from public.messages b
                 where b.id = ?::uuid and b.conversation_id = m.conversation_id))
            order by m.created_at desc, m.id desc limit ?
            """,
            Rows::message,
            id,
            before,
            before,
            limit));
  }

  /** A conversation that is to be made. */
  record Opening(UUID id, String title, ZoneId zone, Instant now) {}

  static Conversation open(Session session, UUID user, Opening opening) {
    String title = title(opening.title());
    session.update(
        """
        insert into public.conversations (id, user_id, title, conv_day, user_tz, explicit)
        values (?, ?, ?, ?, ?, true) on conflict (id) do nothing
        """,
        opening.id(),
        user,
        title.isEmpty() ? Optional.empty() : title,
        LocalDate.ofInstant(opening.now(), opening.zone()),
        opening.zone().getId());
    return session.one(
        """
        select id, title, conv_day, user_tz, created_at from public.conversations where id = ?
        """,
        Rows::conversation,
        opening.id());
  }

  static boolean rename(Session session, UUID user, UUID conversation, String title) {
    return session.update(
            """
            update public.conversations set title = ?, updated_at = now()
            where id = ? and user_id = ?
            """,
            title(title),
            conversation,
            user)
        == 1;
  }

  /** A name of one line, cut to a length that a list can show. */
  static String title(String text) {
    String line = Rows.storable(text).strip().lines().findFirst().orElse("");
    if (line.length() <= LONGEST_TITLE) {
      return line;
    }
    int end = LONGEST_TITLE - 1;
    boolean half = Character.isHighSurrogate(line.charAt(end - 1));
    return line.substring(0, half ? end - 1 : end) + "…";
  }

  /**
   * Pairs of question and answer, in the order of the questions. Of jobs that were trimmed, answers
   * and the questions that have one.
   */
  static List<Message> history(Session session, UUID user, UUID job, Window most) {
    List<Message> newestFirst =
        session.query(
            """
            select * from (
              select said.*, sum(length(content)) over (
                order by asked_at desc, turn desc nulls last, role = 'assistant' desc, id desc
                rows unbounded preceding) as characters
              from (
                select m.id, m.role, m.content, m.metadata, m.job_id, m.created_at, j.state, j.turn,
                  coalesce(j.created_at,
                    min(m.created_at) over (partition by coalesce(m.job_id, m.id))) as asked_at
                from grizz.jobs own
                join public.messages m on m.conversation_id = own.conversation_id
                left join grizz.jobs j on j.id = m.job_id
                where own.id = ? and own.user_id = ? and m.role in ('user', 'assistant')
                  and (j.turn < own.turn and j.state in ('COMPLETED', 'CANCELLED')
                      and j.message_id is not null and (m.id = j.message_id or m.role = 'user')
                    or j.id is null and m.created_at < own.created_at
                      and (m.job_id is null or m.role = 'assistant' or exists (
                        select from public.messages a
                        where a.job_id = m.job_id and a.role = 'assistant')))
              ) said
            ) told
            where characters <= ?
            order by asked_at desc, turn desc nulls last, role = 'assistant' desc, id desc
            limit ?
            """,
            Rows::message,
            job,
            user,
            most.characters(),
            most.messages());
    List<Message> oldestFirst = new ArrayList<>(newestFirst.reversed());
    if (!oldestFirst.isEmpty() && cutOff(oldestFirst.getFirst(), oldestFirst.size(), most)) {
      oldestFirst.removeFirst();
    }
    return oldestFirst;
  }

  /** An answer whose question did not fit. */
  private static boolean cutOff(Message first, int messages, Window most) {
    return first.role().equals("assistant")
        && (first.job().isPresent() || messages == most.messages());
  }

  static Optional<Begun.Closed> closed(Session session, UUID user, UUID job) {
    return session.optional(
        """
        select j.*, coalesce(m.content, '') as answer
        from grizz.jobs j left join public.messages m on m.id = j.message_id
        where j.id = ? and j.user_id = ?
          and j.state in ('COMPLETED', 'DEAD', 'CANCELLED', 'EXPIRED')
        """,
        row -> new Begun.Closed(row.text("answer"), Rows.ending(row)),
        job,
        user);
  }
}
