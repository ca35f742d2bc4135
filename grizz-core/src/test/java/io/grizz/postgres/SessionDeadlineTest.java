package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How a call ends that may take only so long. */
@ExtendWith(TestPostgres.class)
class SessionDeadlineTest {

  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String CANCELLED = "57014";

  private final SessionScope scope;

  SessionDeadlineTest(TestPostgres.Server server) {
    this.scope = SessionScope.open(server.database().withPoolSize(1));
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void statementThatNeedsLongerIsCancelledByTheServer() {
    assertThatThrownBy(
            () -> scope.read("slow", SHORT, session -> session.query("select pg_sleep(9)", r -> r)))
        .isInstanceOfSatisfying(
            SessionException.class, it -> assertThat(it.state()).isEqualTo(CANCELLED));
    assertThat(one()).as("and the next has its own time").isEqualTo(1);
  }

  @Test
  void statementsShareTheTime() {
    long before = System.nanoTime();
    assertThatThrownBy(() ->
            scope.inTransaction(
                "many",
                SHORT,
                session -> {
                  for (int i = 0; i < 100; i++) {
                    session.query("select pg_sleep(0.09)", row -> row);
                  }
                  return 1;
                }))
        .isInstanceOfSatisfying(
            SessionException.class, it -> assertThat(it.state()).isEqualTo(CANCELLED));
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void waitForAConnectionCountsToo() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Thread holder =
        Thread.startVirtualThread(() ->
            scope.read(
                "hold",
                session -> {
                  held.countDown();
                  return awaited(release);
                }));
    held.await();
    assertThatThrownBy(() -> scope.read("late", SHORT, session -> 1))
        .isInstanceOfSatisfying(
            SessionTimeout.class,
            it -> assertThat(it.waited()).isLessThanOrEqualTo(SHORT).isPositive());
    release.countDown();
    holder.join();
  }

  @Test
  void timeEnoughChangesNothing() {
    int answer =
        scope.inTransaction(
            "quick", LONG, session -> session.one("select 1 as n", row -> row.integer("n")));
    assertThat(answer).isEqualTo(1);
  }

  private static int awaited(CountDownLatch release) {
    try {
      release.await();
      return 1;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private int one() {
    return scope.read("one", session -> session.one("select 1 as n", row -> row.integer("n")));
  }
}
