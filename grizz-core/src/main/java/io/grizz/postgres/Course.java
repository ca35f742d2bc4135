package io.grizz.postgres;

import io.grizz.api.ChatRecord.Answer;
import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.Ending;
import io.grizz.api.ChatRecord.Finished;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.JobState;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The course of one job, from its begin to its end. Ends are written under the conversation's lock;
 * whoever ends a job lets the next one of its conversation go.
 *
 * @param job its id
 */
record Course(Session session, UUID job, Instant now) {

  Begun begin(long epoch) {
    // why: a job that is to be stopped gets the epoch, too: its run finishes it, as cancelled
    Optional<Boolean> taken =
        session.optional(
            """
            update grizz.jobs
            set epoch = ?, begun_at = coalesce(begun_at, now()),
              state = case when cancel_asked then state else 'RUNNING' end
            where id = ? and epoch < ? and state in ('HELD', 'READY', 'RUNNING')
            returning cancel_asked
            """,
            row -> row.flag("cancel_asked"),
            epoch,
            job,
            epoch);
    return taken.isPresent() ? started(taken.get()) : refused(epoch);
  }

  /** Closes the row for the run with this epoch. */
  Finished finish(long epoch, Answer answer) {
    Optional<UUID> conversation = lock();
    if (conversation.isEmpty()) {
      return new Finished.Fenced();
    }
    Optional<Ending> ending = close(answer, Optional.of(epoch));
    if (ending.isPresent()) {
      return new Finished.Closed(ending.get(), letNext(session, conversation.get(), now));
    }
    return session
        .optional(
            "select * from grizz.jobs where id = ? and finished_by = ?", Rows::ending, job, epoch)
        .<Finished>map(before -> new Finished.Closed(before, waiting(conversation.get())))
        .orElseGet(Finished.Fenced::new);
  }

  /** Closes the row, if it is open, for a job that no run will finish. */
  Finished closeEnded(Answer answer) {
    Optional<UUID> conversation = lock();
    if (conversation.isEmpty()) {
      return new Finished.Closed(Rows.unwritten(answer), Optional.empty());
    }
    Optional<Ending> ending = close(answer, Optional.empty());
    if (ending.isPresent()) {
      return new Finished.Closed(ending.get(), letNext(session, conversation.get(), now));
    }
    Ending before = session.one("select * from grizz.jobs where id = ?", Rows::ending, job);
    return new Finished.Closed(before, waiting(conversation.get()));
  }

  /** Records the owner's wish; a held job has no run that would heed it, and is closed. */
  void cancel() {
    Optional<UUID> conversation = lock();
    session.update(
        """
        update grizz.jobs set cancel_asked = true
        where id = ? and state in ('HELD', 'READY', 'RUNNING')
        """,
        job);
    int closed =
        session.update(
            """
            update grizz.jobs set state = 'CANCELLED', ended_at = now()
            where id = ? and state = 'HELD'
            """,
            job);
    if (closed == 1) {
      conversation.ifPresent(it -> letNext(session, it, now));
    }
  }

  /** Begins a new life of a job that failed; a run of its last one owns it no more. */
  Optional<RecordedJob> reopen(String log) {
    lock();
    return session.optional(
        """
        update grizz.jobs j
        set life = life + 1, epoch = epoch + 1, log = ?, ready_at = ?, cancel_asked = false, sent_at = null,
          claimed_until = null, cancel_claimed_until = null, finished_by = null, code = '',
          message_id = null, ended_at = null,
          state = case when exists (
            select from grizz.jobs o where o.conversation_id = j.conversation_id
              and o.state in ('HELD', 'READY', 'RUNNING')) then 'HELD' else 'READY' end
        where id = ? and state in ('DEAD', 'EXPIRED')
        returning *
        """,
        Rows::job,
        log,
        now,
        job);
  }

  /** Lets the first held job go, unless one of the conversation may run. Needs its lock. */
  static Optional<RecordedJob> letNext(Session session, UUID conversation, Instant now) {
    return session.optional(
        """
        update grizz.jobs set state = 'READY', ready_at = ?
        where id = (
          select h.id from grizz.jobs h
          where h.conversation_id = ? and h.state = 'HELD' and not exists (
            select from grizz.jobs o
            where o.conversation_id = h.conversation_id and o.state in ('READY', 'RUNNING'))
          order by h.turn limit 1)
        returning *
        """,
        Rows::job,
        now,
        conversation);
  }

  private static Begun started(boolean cancelAsked) {
    return cancelAsked ? new Begun.CancelAsked() : new Begun.Open();
  }

  private Begun refused(long epoch) {
    return session
        .optional(
            """
            select j.*, coalesce(m.content, '') as answer
            from grizz.jobs j left join public.messages m on m.id = j.message_id
            where j.id = ?
            """,
            row -> {
              if (Rows.state(row).terminal()) {
                return new Begun.Closed(row.text("answer"), Rows.ending(row));
              }
              long holder = row.number("epoch");
              return holder > epoch
                  ? new Begun.Overtaken(holder)
                  : started(row.flag("cancel_asked"));
            },
            job)
        .orElseGet(() ->
            new Begun.Closed("", new Ending(JobState.CANCELLED, "", Optional.empty(), Usage.NONE)));
  }

  /** Locks the job's conversation; empty when either is gone. */
  private Optional<UUID> lock() {
    return session.optional(
        """
        select c.id from public.conversations c join grizz.jobs j on j.conversation_id = c.id
        where j.id = ? for no key update of c
        """,
        row -> row.uuid("id"),
        job);
  }

  /**
   * Writes the end, the answer, and what a run used; empty when the row is closed, or another
   * run's.
   */
  private Optional<Ending> close(Answer answer, Optional<Long> epoch) {
    String text = Rows.storable(answer.text());
    Usage usage = answer.usage();
    return session.optional(
        """
        with ended as (
          update grizz.jobs
          set state = ?, code = ?, message_id = case when ? then gen_random_uuid() end,
            finished_by = ?, ended_at = now(), model = ?, finish = ?, input_tokens = ?,
            output_tokens = ?, cached_tokens = ?, reasoning_tokens = ?, estimated = ?,
            cost_micros = ?, first_token_ms = ?, total_ms = ?
          where id = ? and epoch = coalesce(?::bigint, epoch)
            and state in ('HELD', 'READY', 'RUNNING')
          returning *),
        counted as (
          insert into grizz.usage
          select id, finished_by, user_id, ?, model, input_tokens, output_tokens, cached_tokens,
            estimated, cost_micros
          from ended where finished_by is not null and input_tokens + output_tokens > 0
          on conflict do nothing),
        said as (
          insert into public.messages
            (id, conversation_id, user_id, role, content, job_id, life, created_at)
          select message_id, conversation_id, user_id, 'assistant', ?, id, life, clock_timestamp()
          from ended where message_id is not null)
        select * from ended
        """,
        Rows::ending,
        answer.state(),
        Rows.storable(answer.code()),
        !text.isEmpty(),
        epoch,
        Rows.storable(usage.model()),
        Rows.storable(usage.finish()),
        usage.input(),
        usage.output(),
        usage.cached(),
        usage.reasoning(),
        usage.estimated(),
        usage.costMicros(),
        usage.firstTokenMillis(),
        usage.millis(),
        job,
        epoch,
        Spending.day(now),
        text);
  }

  /** For a repeat: what the first time let go, unless the queue has it by now. */
  private Optional<RecordedJob> waiting(UUID conversation) {
    return session.optional(
        """
        select * from grizz.jobs
        where conversation_id = ? and state = 'READY' and sent_at is null order by turn limit 1
        """,
        Rows::job,
        conversation);
  }
}
