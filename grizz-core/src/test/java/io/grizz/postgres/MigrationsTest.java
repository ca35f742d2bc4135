package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.Conversation;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.UnknownUserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The tables come to be from nothing, and from what others made before. */
@ExtendWith(TestPostgres.class)
class MigrationsTest {

  private static final int STEPS = 2;
  private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");
  private static final UUID ALICE = UUID.randomUUID();

  private final PostgresConfig config;

  MigrationsTest(TestPostgres.Server server) {
    this.config = server.database();
  }

  @Test
  void emptyDatabaseGetsItsTablesOnceHoweverManyAsk() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Integer> run = () -> Migrations.run(config);
      int steps = 0;
      for (var each : threads.invokeAll(List.of(run, run, run))) {
        steps += each.get();
      }
      assertThat(steps).isEqualTo(STEPS);
    }
    assertThat(Migrations.run(config)).isZero();
  }

  @Test
  void stepsDoTheSameInTheHandsOfAnotherTool() throws Exception {
    try (Connection connection = PostgresInspection.source(config).getConnection();
        Statement statement = connection.createStatement()) {
      for (Migrations.Step step : Migrations.sql()) {
        connection.setAutoCommit(false);
        statement.execute(step.sql());
        connection.commit();
      }
    }
    assertThat(Migrations.run(config)).as("all is done").isZero();
    try (SessionScope scope = SessionScope.open(config)) {
      assertThat(record(scope).accept(message(ALICE))).isInstanceOf(Acceptance.Accepted.class);
    }
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/io/grizz/postgres"))) {
      assertThat(files.map(file -> file.getFileName().toString()).sorted())
          .as("all of them are handed out")
          .containsExactlyElementsOf(
              Migrations.sql().stream().map(step -> step.name() + ".sql").toList());
    }
  }

  @Test
  void tablesThatSayDateAndTimezoneKeepTheirRowsAndTheirUsers() {
    try (SessionScope scope = SessionScope.open(config)) {
      scope.inTransaction(
          "original",
          session ->
              session.update(
                      """
                      create table conversations (id uuid primary key default gen_random_uuid(),
                        user_id uuid not null, title text, date date not null,
                        timezone text default 'UTC', created_at timestamptz default now(),
                        updated_at timestamptz default now(), unique (user_id, date))
                      """)
                  + originalMessages(session)
                  + session.update(
                      """
                      insert into conversations (user_id, date, timezone)
                      values (?, '2026-03-03', 'Asia/Tokyo')
                      """,
                      ALICE)
                  + session.update(
                      """
                      insert into messages (conversation_id, user_id, role, content)
                      select id, user_id, 'user', 'old words' from conversations
                      """));
      Migrations.run(config);
      ChatRecord record = record(scope);

      Conversation today = record.today(ALICE, ZoneId.of("Europe/Berlin"), NOON);
      assertThat(today.day()).isEqualTo(LocalDate.of(2026, 3, 4));
      assertThat(record.conversations(ALICE, Optional.empty(), 9))
          .extracting(Conversation::day, Conversation::zone)
          .contains(
              org.assertj.core.groups.Tuple.tuple(
                  LocalDate.of(2026, 3, 3), ZoneId.of("Asia/Tokyo")));
      assertThat(others(scope, "Europe/Berlin")).isEqualTo(1);

      scope.inTransaction(
          "others",
          session ->
              session.update(
                  "insert into conversations (user_id, date) values (?, '2026-03-05')", ALICE));
      assertThat(record.today(ALICE, ZoneOffset.UTC, Instant.parse("2026-03-05T00:00:00Z")).zone())
          .isEqualTo(ZoneId.of("UTC"));
      assertThat(record.conversations(ALICE, Optional.empty(), 9)).hasSize(3);
    }
  }

  @Test
  void tablesWithAListOfUsersForbidThoseNotOnIt() {
    try (SessionScope scope = SessionScope.open(config)) {
      scope.inTransaction(
          "original",
          session ->
              session.update("create schema auth")
                  + session.update("create table auth.users (id uuid primary key)")
                  + session.update("insert into auth.users values (?)", ALICE)
                  + session.update(
                      """
                      create table conversations (id uuid primary key default gen_random_uuid(),
                        user_id uuid not null references auth.users, title text,
                        conv_day date not null, user_tz text default 'UTC',
                        created_at timestamptz default now(), updated_at timestamptz default now())
                      """)
                  + session.update("create unique index on conversations (user_id, conv_day)")
                  + originalMessages(session));
      Migrations.run(config);
      ChatRecord record = record(scope);

      assertThat(record.accept(message(ALICE))).isInstanceOf(Acceptance.Accepted.class);
      assertThat(record.accept(message(UUID.randomUUID())))
          .isInstanceOf(Acceptance.Forbidden.class);
      assertThatThrownBy(() -> record.today(UUID.randomUUID(), ZoneOffset.UTC, NOON))
          .isInstanceOf(UnknownUserException.class);

      int explicit =
          scope.inTransaction(
              "explicit",
              session ->
                  session.update(
                      """
                      insert into conversations (user_id, conv_day, explicit)
                      select user_id, conv_day, true from conversations
                      """));
      assertThat(explicit).isEqualTo(1);
    }
  }

  private static int originalMessages(Session session) {
    return session.update(
        """
        create table messages (id uuid primary key default gen_random_uuid(),
          conversation_id uuid not null references conversations (id) on delete cascade,
          user_id uuid, role text not null, content text not null check (length(content) > 0),
          metadata jsonb, created_at timestamptz default now())
        """);
  }

  /** Rows as those see them who know the old names only. */
  private static long others(SessionScope scope, String zone) {
    return scope.read(
        "others",
        session ->
            session.one(
                """
                select count(*) as n from conversations where date = '2026-03-04' and timezone = ?
                """,
                row -> row.number("n"),
                zone));
  }

  private static ChatRecord record(SessionScope scope) {
    return new PostgresRecord(
        scope, RecordConfig.DEFAULTS, UUID::randomUUID, InstantSource.fixed(NOON));
  }

  private static ChatMessage message(UUID user) {
    return new ChatMessage(
        user, Optional.empty(), ZoneOffset.UTC, UUID.randomUUID(), "hello", OnBusy.ENQUEUE, "{}");
  }
}
