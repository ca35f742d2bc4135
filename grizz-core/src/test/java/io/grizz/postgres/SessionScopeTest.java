package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grizz.api.SessionEvent;
import io.grizz.api.SessionEvent.PoolNumbers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a transaction in a lambda promises, whatever happens in it. */
@ExtendWith(TestPostgres.class)
class SessionScopeTest {

  private final TestPostgres.Server server;
  private final PostgresConfig config;
  private SessionScope scope;

  SessionScopeTest(TestPostgres.Server server) {
    this.server = server;
    this.config = server.database().withPoolSize(1).withPatience(Duration.ofSeconds(1));
    this.scope = SessionScope.open(config);
  }

  @BeforeEach
  void table() {
    // why again: on a busy machine, a first connection may take longer than this scope waits
    await()
        .ignoreExceptionsInstanceOf(SessionTimeout.class)
        .until(() ->
            scope.inTransaction("table", session -> session.update("create table t (x int)")) == 0);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void returnCommits() {
    assertThat(scope.inTransaction("insert", this::insert)).isEqualTo(1);
    assertThat(rows()).isEqualTo(1);
  }

  @Test
  void whateverIsThrownRollsBackAndGivesTheConnectionBack() {
    for (Throwable each :
        List.of(new IllegalStateException(), new IOException(), new StackOverflowError())) {
      assertThatThrownBy(() ->
              scope.inTransaction(
                  "insert",
                  session -> {
                    insert(session);
                    throw SessionScopeTest.<RuntimeException>sneaky(each);
                  }))
          .isSameAs(each);
    }
    assertThat(rows()).isZero();
  }

  @Test
  void errorInTheMomentInWhichAConnectionIsTakenCostsNoConnection(TestPostgres.Server postgres) {
    AtomicInteger errors = new AtomicInteger(9);
    SessionEvent.Listener failing =
        event -> {
          if (event instanceof SessionEvent.Acquired && errors.getAndDecrement() > 0) {
            throw new StackOverflowError();
          }
        };
    try (SessionScope small =
        SessionScope.open(
            postgres.database().withPoolSize(2).withPatience(Duration.ofSeconds(1)), failing)) {
      for (int i = 0; i < 9; i++) {
        assertThatThrownBy(() -> small.read("one", session -> 1))
            .isInstanceOf(StackOverflowError.class);
      }
      int one = small.read("one", session -> 1);
      assertThat(one).isEqualTo(1);
      assertThat(small.numbers().active()).isZero();
      small.requireClosed("anything");
    }
  }

  @Test
  void errorOfTheDatabaseRollsBackAndSaysItsState() {
    assertThatThrownBy(() ->
            scope.inTransaction(
                "divide",
                session -> {
                  insert(session);
                  return session.update("update t set x = 1 / 0");
                }))
        .isInstanceOfSatisfying(
            SessionException.class, it -> assertThat(it.state()).isEqualTo("22012"));
    assertThat(rows()).isZero();
  }

  @Test
  void errorThatTheWorkSwallowedIsNoSuccess() {
    assertThatThrownBy(() ->
            scope.inTransaction(
                "swallow",
                session -> {
                  insert(session);
                  try {
                    session.update("update t set x = 1 / 0");
                  } catch (SessionException e) {
                    return "fine";
                  }
                  return "unreachable";
                }))
        .isInstanceOf(SessionException.class);
    assertThat(rows()).isZero();
  }

  @Test
  void scopeInsideAScopeIsRefused() {
    assertThatThrownBy(() ->
            scope.inTransaction("outer", outer -> scope.read("inner", inner -> insert(outer))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("outer is open")
        .hasMessageContaining("inner");
    assertThatThrownBy(() ->
            scope.inTransaction(
                "outer",
                session -> {
                  scope.requireClosed("a model call");
                  return "";
                }))
        .hasMessageContaining("close it before a model call");
    scope.requireClosed("a model call");
  }

  @Test
  void sessionIsUselessOutsideItsScope() {
    Session escaped = scope.inTransaction("escape", session -> session);

    assertThatThrownBy(() -> insert(escaped)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void readingCannotWrite() {
    assertThatThrownBy(() -> scope.read("read", this::insert))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("read-only");
    assertThat(scope.inTransaction("insert", this::insert)).isEqualTo(1);
  }

  @Test
  void statementThatRunsTooLongIsStopped() {
    scope.close();
    scope = SessionScope.open(config.withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)));

    assertThatThrownBy(
            () -> scope.read("sleep", session -> session.query("select pg_sleep(9)", it -> it)))
        .isInstanceOfSatisfying(
            SessionException.class, it -> assertThat(it.state()).isEqualTo("57014"));
    assertThat(scope.inTransaction("insert", this::insert)).isEqualTo(1);
  }

  @Test
  void whoeverWaitsTooLongIsToldThePoolsNumbers() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Thread holder = holder(release);

    assertThatThrownBy(() -> scope.read("late", session -> 1))
        .isInstanceOf(SessionTimeout.class)
        .hasMessageContaining("no connection for late within PT1S")
        .hasMessageContaining("of 1, 1 are in use and 0 idle");

    release.countDown();
    holder.join();
    assertThat(scope.numbers()).isEqualTo(new PoolNumbers(1, 0, 1, 0, Duration.ZERO));
  }

  @Test
  void connectionsAreHandedOutInTheOrderOfAsking() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>(List.of(holder(release)));
    for (int i = 0; i < 8; i++) {
      int number = i;
      threads.add(
          Thread.startVirtualThread(() -> scope.read("queue", session -> order.add(number))));
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> scope.numbers().waiting() == number + 1);
    }
    release.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void serializationFailureIsTriedThreeTimesInAll() {
    scope.inTransaction("sequence", session -> session.update("create sequence tries"));
    AtomicInteger limit = new AtomicInteger(3);
    SessionScope.Work<Integer> collide =
        session -> {
          insert(session);
          long tries = session.one("select nextval('tries') as n", row -> row.number("n"));
          return tries % limit.get() == 0 ? 1 : session.update("call pg_temp.collide()");
        };
    SessionScope.Work<Integer> prepared =
        session -> {
          session.update(
              """
              create or replace procedure pg_temp.collide() language plpgsql as
              $$ begin raise exception 'collided' using errcode = '40001'; end $$
              """);
          return collide.run(session);
        };

    assertThat(scope.inTransaction("collide", prepared)).isEqualTo(1);
    assertThat(rows()).isEqualTo(1);

    limit.set(100);
    assertThatThrownBy(() -> scope.inTransaction("collide", prepared))
        .isInstanceOfSatisfying(
            SessionException.class, it -> assertThat(it.state()).isEqualTo("40001"));
    assertThat(rows()).isEqualTo(1);
  }

  @Test
  void deadlockedTransactionsBothSucceedInTheEnd() throws Exception {
    try (SessionScope two =
        SessionScope.open(config.withPoolSize(2).withPatience(Duration.ofSeconds(5)))) {
      two.inTransaction("rows", session -> session.update("insert into t values (1), (2)"));
      CyclicBarrier bothHoldOne = new CyclicBarrier(2);
      AtomicInteger attempts = new AtomicInteger();
      List<Thread> threads = new ArrayList<>();
      for (int i = 1; i <= 2; i++) {
        int first = i;
        threads.add(
            Thread.ofVirtual()
                .start(() ->
                    two.inTransaction(
                        "lock",
                        session -> {
                          lock(session, first);
                          if (attempts.incrementAndGet() <= 2) {
                            meet(bothHoldOne);
                          }
                          return lock(session, 3 - first);
                        })));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(attempts.get()).isEqualTo(3);
      long sum = two.read("sum", s -> s.one("select sum(x) as x from t", r -> r.number("x")));
      assertThat(sum).isEqualTo(3 + 2 * 20);
    }
  }

  @Test
  void serverThatDiesInMidTransactionCostsOneAttempt() {
    AtomicInteger attempts = new AtomicInteger();
    scope.inTransaction(
        "survive",
        session -> {
          insert(session);
          if (attempts.incrementAndGet() == 1) {
            server.kill();
            server.start();
          }
          return insert(session);
        });

    assertThat(attempts.get()).isEqualTo(2);
    assertThat(rows()).isEqualTo(2);
  }

  @Test
  void serverThatDiesInACommitLeavesAnUnknownOutcomeThatIsNotRepeated() {
    AtomicInteger attempts = new AtomicInteger();
    assertThatThrownBy(() ->
            scope.inTransaction(
                "vanish",
                session -> {
                  attempts.incrementAndGet();
                  int rows = insert(session);
                  server.kill();
                  return rows;
                }))
        .isInstanceOf(CommitUnknownException.class)
        .hasMessageContaining("while vanish committed");
    server.start();

    assertThat(attempts.get()).isEqualTo(1);
    // why: the pool looks for the server again in its own time
    await().pollInterval(Duration.ofMillis(10)).ignoreExceptions().until(() -> rows() == 0);
  }

  @Test
  void databaseThatIsAwayIsReportedInTimeAndUsedWhenItIsBack() {
    server.kill();
    long before = System.nanoTime();
    assertThatThrownBy(this::rows).isInstanceOf(SessionException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
    server.start();

    await().pollInterval(Duration.ofMillis(10)).ignoreExceptions().until(() -> rows() == 0);
  }

  private int insert(Session session) {
    return session.update("insert into t values (?)", 1);
  }

  private static int lock(Session session, int row) {
    return session.update("update t set x = x + 10 where x % 10 = ?", row);
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private long rows() {
    return scope.read("count", s -> s.one("select count(*) as n from t", r -> r.number("n")));
  }

  private Thread holder(CountDownLatch release) throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.startVirtualThread(() ->
            scope.inTransaction(
                "hold",
                session -> {
                  held.countDown();
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    failure.set(e);
                  }
                  return "";
                }));
    held.await();
    return thread;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E sneaky(Throwable throwable) throws E {
    throw (E) throwable;
  }
}
