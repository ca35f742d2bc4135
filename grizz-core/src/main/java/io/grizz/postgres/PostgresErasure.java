package io.grizz.postgres;

import io.grizz.api.Erasure;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** Deletion in Postgres, each step under the lock of the user's row. */
final class PostgresErasure implements Erasure {

  private final PostgresRecord.Way record;

  PostgresErasure(PostgresRecord.Way record) {
    this.record = record;
  }

  @Override
  public List<UUID> close(Scope scope, int limit) {
    return record.write(
        "close",
        session -> {
          lock(session, scope);
          session.update(
              """
              update grizz.jobs set state = 'CANCELLED', cancel_asked = true, ended_at = now()
              where user_id = ? and (?::uuid is null or conversation_id = ?::uuid)
                and state in ('HELD', 'READY', 'RUNNING')
              """,
              scope.user(),
              scope.conversation(),
              scope.conversation());
          return jobs(session, scope, limit);
        });
  }

  @Override
  public void delete(List<UUID> jobs) {
    String ids = jobs.stream().map(UUID::toString).collect(Collectors.joining(","));
    record.write(
        "delete",
        session -> {
          session.update(
              "delete from public.messages where job_id = any (string_to_array(?, ',')::uuid[])",
              ids);
          return session.update(
              "delete from grizz.jobs where id = any (string_to_array(?, ',')::uuid[])", ids);
        });
  }

  @Override
  public boolean finish(Scope scope) {
    return record.write(
        "erase",
        session -> {
          lock(session, scope);
          if (!jobs(session, scope, 1).isEmpty()) {
            return false;
          }
          session.update(
              """
              delete from public.conversations
              where user_id = ? and (?::uuid is null or id = ?::uuid)
              """,
              scope.user(),
              scope.conversation(),
              scope.conversation());
          if (scope.conversation().isEmpty()) {
            session.update("delete from public.messages where user_id = ?", scope.user());
            session.update("delete from grizz.usage where user_id = ?", scope.user());
            session.update("delete from grizz.users where user_id = ?", scope.user());
          }
          return true;
        });
  }

  /** In the order of everybody: the user, then conversations. */
  private static void lock(Session session, Scope scope) {
    session.query(
        "select user_id from grizz.users where user_id = ? for update", row -> row, scope.user());
    session.query(
        """
        select id from public.conversations
        where user_id = ? and (?::uuid is null or id = ?::uuid)
        order by id for no key update
        """,
        row -> row,
        scope.user(),
        scope.conversation(),
        scope.conversation());
  }

  private static List<UUID> jobs(Session session, Scope scope, int limit) {
    return session.query(
        """
        select id from grizz.jobs
        where user_id = ? and (?::uuid is null or conversation_id = ?::uuid) order by id limit ?
        """,
        row -> row.uuid("id"),
        scope.user(),
        scope.conversation(),
        scope.conversation(),
        limit);
  }
}
