package io.grizz.postgres;

import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.Conversation;
import io.grizz.api.ChatRecord.Message;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a user reads: conversations, and what was said in them. Always under the user's id. */
final class Conversations {

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
            select m.id, m.role, m.content, m.job_id, m.created_at, j.state
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

  /** Pairs of question and answer, in the order of the questions. */
  static List<Message> history(Session session, UUID user, UUID job, int limit) {
    List<Message> newestFirst =
        session.query(
            """
            select m.id, m.role, m.content, m.job_id, m.created_at, j.state
            from grizz.jobs own
            join public.messages m on m.conversation_id = own.conversation_id
            left join grizz.jobs j on j.id = m.job_id
            where own.id = ? and own.user_id = ? and m.role in ('user', 'assistant')
              and (m.job_id is null and m.created_at < own.created_at
                or j.turn < own.turn and j.state in ('COMPLETED', 'CANCELLED')
                  and j.message_id is not null and (m.id = j.message_id or m.role = 'user'))
            order by coalesce(j.created_at, m.created_at) desc, j.turn desc nulls last,
              m.role = 'assistant' desc, m.id desc
            limit ?
            """,
            Rows::message,
            job,
            user,
            limit);
    Collections.reverse(newestFirst);
    boolean questionCutOff = newestFirst.size() == limit && !newestFirst.isEmpty();
    if (questionCutOff && newestFirst.get(0).role().equals("assistant")) {
      newestFirst.remove(0);
    }
    return newestFirst;
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
