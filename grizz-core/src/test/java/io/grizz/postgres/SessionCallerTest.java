package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.MDC;

/** What of a virtual thread goes along with its transaction: interrupts and the MDC. */
@ExtendWith(TestPostgres.class)
class SessionCallerTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final SessionScope scope;

  SessionCallerTest(TestPostgres.Server server) {
    this.scope = SessionScope.open(server.database().withPoolSize(2));
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void interruptDuringTheWorkDoesNotCostTheConnectionOrTheCommit() throws Exception {
    scope.inTransaction("table", session -> session.update("create table t (x int)"));
    AtomicReference<Boolean> kept = new AtomicReference<>(false);
    Thread.ofVirtual()
        .start(() -> {
          scope.inTransaction(
              "insert",
              session -> {
                int rows = session.update("insert into t values (1)");
                Thread.currentThread().interrupt();
                return rows;
              });
          kept.set(Thread.currentThread().isInterrupted());
        })
        .join();
    assertThat(kept.get()).as("the interrupt is still there").isTrue();
    int rows =
        scope.read("count", it -> it.one("select count(*) as n from t", row -> row.integer("n")));
    assertThat(rows).isEqualTo(1);
  }

  @Test
  void interruptOfTheCallerBreaksOffTheStatementOfAVirtualThread() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    CountDownLatch begun = new CountDownLatch(1);
    Thread caller =
        Thread.startVirtualThread(() ->
            thrown.set(
                catchThrowable(() ->
                    scope.inTransaction(
                        "asleep",
                        LONG,
                        session -> {
                          begun.countDown();
                          return session.query("select pg_sleep(60)", row -> row);
                        }))));
    begun.await();
    caller.interrupt();
    assertThat(caller.join(LONG)).as("it ends").isTrue();
    assertThat(thrown.get())
        .isInstanceOfSatisfying(
            SessionException.class, it -> assertThat(it.state()).startsWith("08"));
    assertThat(after()).isEqualTo(1);
  }

  @Test
  void interruptOfTheCallerBetweenStatementsLeavesTheCommitAlone() throws Exception {
    scope.inTransaction("table", session -> session.update("create table u (x int)"));
    AtomicReference<Boolean> kept = new AtomicReference<>(false);
    Thread.ofVirtual()
        .start(() -> {
          Thread caller = Thread.currentThread();
          scope.inTransaction(
              "insert",
              session -> {
                int rows = session.update("insert into u values (1)");
                caller.interrupt();
                while (!Thread.currentThread().isInterrupted()) {
                  Thread.onSpinWait();
                }
                return rows;
              });
          kept.set(Thread.currentThread().isInterrupted());
        })
        .join();
    assertThat(kept.get()).as("the interrupt is still there").isTrue();
    int rows =
        scope.read("count", it -> it.one("select count(*) as n from u", row -> row.integer("n")));
    assertThat(rows).isEqualTo(1);
  }

  @Test
  void workOfAVirtualThreadLogsForItsCaller() throws Exception {
    AtomicReference<String> seen = new AtomicReference<>("");
    Thread.startVirtualThread(
            () -> {
              MDC.put("job", "42");
              scope.read(
                  "one",
                  session -> {
                    seen.set(MDC.get("job"));
                    return one(session);
                  });
            })
        .join();
    assertThat(seen.get()).isEqualTo("42");
    Thread.startVirtualThread(() ->
            scope.read(
                "one",
                session -> {
                  seen.set(String.valueOf(MDC.get("job")));
                  return one(session);
                }))
        .join();
    assertThat(seen.get()).as("and for nobody else").isEqualTo("null");
  }

  private int after() {
    return scope.read("after", SessionCallerTest::one);
  }

  private static int one(Session session) {
    return session.one("select 1 as n", row -> row.integer("n"));
  }
}
