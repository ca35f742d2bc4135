package io.grizz.launcher.security;

import io.grizz.api.ChatRecord;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.Row;
import io.grizz.postgres.SessionScope;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** What is in the database, past the record; and how often the record itself is asked. */
final class Counts {

  private static final Row.Mapper<Long> NUMBER = row -> row.number("n");

  private Counts() {}

  /** Rows of jobs and messages that a user has. */
  static long rows(RunningGrizz grizz, UUID user) {
    PostgresConfig config = PostgresConfig.parse(grizz.postgres.url().toString());
    try (SessionScope scope = SessionScope.open(config)) {
      return scope.read(
          "count",
          session ->
              session.one("select count(*) n from grizz.jobs where user_id = ?", NUMBER, user)
                  + session.one(
                      "select count(*) n from public.messages where user_id = ?", NUMBER, user));
    }
  }

  /** What the record was asked to answer one job, as its row tells it. */
  static String payload(RunningGrizz grizz, UUID job) {
    PostgresConfig config = PostgresConfig.parse(grizz.postgres.url().toString());
    try (SessionScope scope = SessionScope.open(config)) {
      return scope.read(
          "payload",
          session ->
              session.one(
                  "select payload from grizz.jobs where id = ?", row -> row.text("payload"), job));
    }
  }

  /** The same record, whose calls are counted. */
  static ChatRecord counted(ChatRecord record, AtomicInteger calls) {
    return (ChatRecord)
        Proxy.newProxyInstance(
            ChatRecord.class.getClassLoader(),
            new Class<?>[] {ChatRecord.class},
            (proxy, method, arguments) -> {
              calls.incrementAndGet();
              try {
                return method.invoke(record, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
