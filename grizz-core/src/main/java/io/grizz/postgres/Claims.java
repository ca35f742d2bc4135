package io.grizz.postgres;

import io.grizz.api.ChatRecord.RecordedJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What the loop works on that makes record and queue agree. A claim keeps others off for a while;
 * it is not a lock, and what is done under it is safe to repeat.
 */
record Claims(Session session, RecordConfig config, Instant now) {

  List<RecordedJob> unsent(int limit) {
    return session.query(
        """
        update grizz.jobs set claimed_until = ?
        where id in (
          select id from grizz.jobs
          where sent_at is null and state in ('READY', 'RUNNING') and ready_at <= ?
            and (claimed_until is null or claimed_until <= ?)
          order by turn limit ? for update skip locked)
        returning *
        """,
        Rows::job,
        now.plus(config.claim()),
        now.minus(config.unsentAfter()),
        now,
        limit);
  }

  List<RecordedJob> lost(Duration olderThan, int limit) {
    return session.query(
        """
        update grizz.jobs set claimed_until = ?
        where id in (
          select id from grizz.jobs
          where sent_at <= ? and state in ('READY', 'RUNNING')
            and (claimed_until is null or claimed_until <= ?)
          order by sent_at limit ? for update skip locked)
        returning *
        """,
        Rows::job,
        now.plus(config.claim()),
        now.minus(olderThan),
        now,
        limit);
  }

  List<UUID> cancels(int limit) {
    return session.query(
        """
        update grizz.jobs set cancel_claimed_until = ?
        where id in (
          select id from grizz.jobs
          where cancel_asked and state in ('READY', 'RUNNING')
            and (cancel_claimed_until is null or cancel_claimed_until <= ?)
          order by turn limit ? for update skip locked)
        returning id
        """,
        row -> row.uuid("id"),
        now.plus(config.cancelClaim()),
        now,
        limit);
  }

  /** Lets the first held job go of each conversation where nothing else is open. */
  List<RecordedJob> released(int limit) {
    // why: locked one may be about to let its next job go itself
    List<UUID> stuck =
        session.query(
            """
            select c.id from public.conversations c
            where exists (select from grizz.jobs h
                where h.conversation_id = c.id and h.state = 'HELD')
              and not exists (select from grizz.jobs o
                where o.conversation_id = c.id and o.state in ('READY', 'RUNNING'))
            limit ? for no key update of c skip locked
            """,
            row -> row.uuid("id"),
            limit);
    List<RecordedJob> released = new ArrayList<>();
    for (UUID conversation : stuck) {
      Course.letNext(session, conversation, now).ifPresent(released::add);
    }
    return released;
  }

  /** Jobs that ended long ago. */
  List<UUID> old(Instant before, int limit) {
    return session.query(
        """
        select id from grizz.jobs
        where state in ('COMPLETED', 'DEAD', 'CANCELLED', 'EXPIRED') and ended_at < ?
        order by ended_at limit ?
        """,
        row -> row.uuid("id"),
        before,
        limit);
  }

  /** Deletes those that are still as old: one may have begun a new life. */
  int trim(List<UUID> jobs, Instant before) {
    return session.update(
        """
        delete from grizz.jobs
        where id = any(?) and state in ('COMPLETED', 'DEAD', 'CANCELLED', 'EXPIRED')
          and ended_at < ?
        """,
        jobs.toArray(UUID[]::new),
        before);
  }
}
