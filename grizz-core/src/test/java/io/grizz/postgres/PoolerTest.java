package io.grizz.postgres;

import static io.grizz.postgres.RecordFixture.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Window;
import io.grizz.postgres.PostgresConfig.Pooling;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The record by way of a pooler, in both of its modes. */
@ExtendWith(TestPostgres.class)
class PoolerTest {

  private static final int SERVERS = 2;
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final Duration QUICK = Duration.ofSeconds(1);

  private final TestPostgres.Server server;

  PoolerTest(TestPostgres.Server server) {
    this.server = server;
  }

  @ParameterizedTest
  @EnumSource
  void recordWorksBehindAPoolerFromItsTablesOn(Pooling pooling) throws Exception {
    try (PgBouncer bouncer = PgBouncer.before(server.database(), pooling, SERVERS)) {
      PostgresConfig config = bouncer.config(pooling).withPoolSize(clients(pooling));
      assertThat(Migrations.run(config)).isPositive();
      assertThat(PostgresInspection.inspect(config)).startsWith("18");
      try (SessionScope one = SessionScope.open(config);
          SessionScope two = SessionScope.open(config)) {
        List<Callable<String>> users = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          PostgresRecord record = record(i % 2 == 0 ? one : two);
          users.add(() -> story(record));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
          for (Future<String> each : threads.invokeAll(users)) {
            assertThat(each.get()).isEqualTo("q1 a1 q2 a2 q3 a3");
          }
        }
      }
    }
  }

  @Test
  void nothingIsLeftBehindForTheNextOneOnTheSameConnection() throws Exception {
    try (PgBouncer bouncer = PgBouncer.before(server.database(), Pooling.TRANSACTION, SERVERS)) {
      PostgresConfig config = bouncer.config(Pooling.TRANSACTION);
      Migrations.run(config);
      try (SessionScope limited = SessionScope.open(config.withTimeouts(QUICK, QUICK));
          SessionScope other = SessionScope.open(config)) {
        onAllServers(() -> {
          assertThatThrownBy(() ->
                  limited.read("sleep", session -> session.query("select pg_sleep(9)", it -> it)))
              .isInstanceOf(SessionException.class);
          return limited.read("read", session -> setting(session, "transaction_read_only"));
        });
        CyclicBarrier allAtOnce = new CyclicBarrier(SERVERS);
        assertThat(
                onAllServers(
                    () -> other.inTransaction("after", session -> state(session, allAtOnce))))
            .containsOnly("30s, 30s, off, \"$user\", public");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyTransactionHasItsLimitsAlsoAfterOneThatFailed(Pooling pooling) throws Exception {
    try (PgBouncer bouncer = PgBouncer.before(server.database(), pooling, SERVERS);
        SessionScope scope =
            SessionScope.open(bouncer.config(pooling).withPoolSize(1).withTimeouts(QUICK, QUICK))) {
      List<String> limits = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        limits.add(scope.read("read", session -> setting(session, "statement_timeout")));
        limits.add(
            scope.inTransaction(
                "write", session -> setting(session, "idle_in_transaction_session_timeout")));
        assertThatThrownBy(
                () -> scope.read("refused", session -> session.query("select 1 / 0", it -> it)))
            .isInstanceOf(SessionException.class);
      }
      assertThat(limits).containsOnly(QUICK.toSeconds() + "s");
    }
  }

  private static List<String> onAllServers(Callable<String> call) throws Exception {
    List<String> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> each : threads.invokeAll(Collections.nCopies(SERVERS, call))) {
        answers.add(each.get());
      }
    }
    return answers;
  }

  @Test
  void manyMoreClientsThanServersShareATransactionPooler() throws Exception {
    try (PgBouncer bouncer = PgBouncer.before(server.database(), Pooling.TRANSACTION, SERVERS)) {
      List<SessionScope> processes = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        processes.add(
            SessionScope.open(
                bouncer.config(Pooling.TRANSACTION).withPoolSize(4).withPatience(PATIENT)));
      }
      List<Callable<Integer>> calls = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        SessionScope process = processes.get(i % processes.size());
        int number = i;
        calls.add(() ->
            process.inTransaction(
                "echo",
                session -> session.one("select ? + 0 as n", row -> row.integer("n"), number)));
      }
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Integer>> answers = threads.invokeAll(calls);
        for (int i = 0; i < answers.size(); i++) {
          assertThat(answers.get(i).get()).isEqualTo(i);
        }
      } finally {
        processes.forEach(SessionScope::close);
      }
    }
  }

  @Test
  void sessionPoolerThatIsFullIsReportedInTime() throws IOException {
    try (PgBouncer bouncer = PgBouncer.before(server.database(), Pooling.SESSION, 1);
        SessionScope first = SessionScope.open(bouncer.config(Pooling.SESSION).withPoolSize(1));
        SessionScope second =
            SessionScope.open(
                bouncer.config(Pooling.SESSION).withPoolSize(1).withPatience(QUICK))) {
      int one = first.read("one", session -> 1);
      assertThat(one).isEqualTo(1);

      assertThatThrownBy(() -> second.read("late", session -> 1))
          .isInstanceOfSatisfying(
              SessionTimeout.class, it -> assertThat(it.pool().size()).isEqualTo(1));
    }
  }

  /** Three questions at once, answered in turn, and what a model would see in the end. */
  private static String story(PostgresRecord record) {
    UUID user = UUID.randomUUID();
    RecordedJob first = accepted(record.accept(message(user, "q1")));
    record.accept(message(user, "q2"));
    record.accept(message(user, "q3"));
    Optional<RecordedJob> job = Optional.of(first);
    for (int i = 1; job.isPresent(); i++) {
      UUID id = job.get().id();
      record.begin(id, i);
      job =
          ((io.grizz.api.ChatRecord.Finished.Closed)
                  record.finish(id, i, RecordFixture.done("a" + i)))
              .next();
    }
    RecordedJob last = accepted(record.accept(message(user, "now")));
    return String.join(
        " ",
        record.history(user, last.id(), new Window(9, 999)).stream().map(it -> it.text()).toList());
  }

  private static RecordedJob accepted(Acceptance acceptance) {
    return ((Acceptance.Accepted) acceptance).job();
  }

  private static PostgresRecord record(SessionScope scope) {
    return new PostgresRecord(
        scope, RecordConfig.DEFAULTS, UUID::randomUUID, InstantSource.system());
  }

  /** A session pooler gives a connection of the database to each of ours. */
  private static int clients(Pooling pooling) {
    return pooling == Pooling.SESSION ? SERVERS / 2 : 2 * SERVERS;
  }

  /** What is set on a connection of the database, while all others are in use, too. */
  private static String state(Session session, CyclicBarrier allAtOnce) {
    setting(session, "search_path");
    try {
      allAtOnce.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
    return String.join(
        ", ",
        List.of(
            setting(session, "statement_timeout"),
            setting(session, "idle_in_transaction_session_timeout"),
            setting(session, "transaction_read_only"),
            setting(session, "search_path")));
  }

  @CanIgnoreReturnValue
  private static String setting(Session session, String name) {
    return session.one("select current_setting(?) as it", row -> row.text("it"), name);
  }
}
