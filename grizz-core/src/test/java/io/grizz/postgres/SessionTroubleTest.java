package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.google.errorprone.annotations.CompileTimeConstant;
import io.grizz.api.SessionEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever goes wrong in and around a scope, its connection comes back. */
@ExtendWith(TestPostgres.class)
class SessionTroubleTest {

  private static final int TIMES = 4;

  private final AtomicReference<String> failsOn = new AtomicReference<>("");
  private final Map<Class<?>, Integer> heard = new ConcurrentHashMap<>();
  private final PostgresConfig config;
  private final SessionScope scope;
  private final SessionScope killer;

  SessionTroubleTest(TestPostgres.Server server) {
    this.config =
        server
            .database()
            .withPoolSize(2)
            .withPatience(Duration.ofSeconds(5))
            .withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(1));
    this.scope = SessionScope.open(config, this::hear);
    this.killer = SessionScope.open(config.withPoolSize(1));
  }

  @AfterEach
  void close() {
    scope.close();
    killer.close();
  }

  /** What is done to a scope; throwing is the least of it. */
  private interface Trouble {
    void make() throws Exception;
  }

  @TestFactory
  List<DynamicTest> connectionsComeBack() {
    Map<String, Trouble> troubles = new TreeMap<>();
    troubles.put("a RuntimeException", () -> throwing(new IllegalStateException()));
    troubles.put("a checked exception", () -> throwing(new IOException()));
    troubles.put("an Error", () -> throwing(new AssertionError()));
    troubles.put("no memory", () -> scope.read("memory", session -> new byte[Integer.MAX_VALUE]));
    troubles.put("a stack that overflows", () -> scope.read("deep", session -> endless(0)));
    troubles.put("a refused statement", () -> run("select 1 / 0 as x"));
    troubles.put("a mapper that throws", this::badMapper);
    troubles.put("a parameter that cannot be bound", this::badParameter);
    troubles.put("a statement that takes too long", () -> run("select pg_sleep(9)::text as x"));
    troubles.put("a cancelled statement", () -> hitWhileAsleep(9, this::cancel));
    troubles.put("a connection broken in a statement", () -> hitWhileAsleep(9, this::terminate));
    troubles.put("a connection broken between statements", this::brokenBetween);
    troubles.put("a connection broken before the commit", this::brokenBeforeCommit);
    troubles.put("an interrupt before", this::interruptedBefore);
    troubles.put("an interrupt during the work", this::interruptedAtWork);
    troubles.put("an interrupt in a statement", () -> interruptedInStatement(Thread.ofVirtual()));
    troubles.put(
        "an interrupt in a statement of a platform thread",
        () -> interruptedInStatement(Thread.ofPlatform()));
    troubles.put("an interrupt while waiting", this::interruptedWaiting);
    troubles.put("a listener that throws", this::badListener);
    return troubles.entrySet().stream()
        .map(it -> DynamicTest.dynamicTest(it.getKey(), () -> comesBackAfter(it.getValue())))
        .toList();
  }

  private void comesBackAfter(Trouble trouble) {
    for (int i = 0; i < TIMES; i++) {
      Throwable thrown = catchThrowable(trouble::make);
      assertThat(Thread.interrupted() || thrown != null || !failsOn.get().isEmpty())
          .as("trouble was made")
          .isTrue();
      failsOn.set("");
      await()
          .pollInterval(Duration.ofMillis(1))
          .pollDelay(Duration.ZERO)
          .untilAsserted(() -> {
            assertThat(scope.numbers().active()).isZero();
            assertThat(scope.numbers().waiting()).isZero();
            assertThat(scope.numbers().longest()).isZero();
          });
    }
    assertThat(after()).isEqualTo(1);
    assertThat(heard.get(SessionEvent.Released.class))
        .isEqualTo(heard.get(SessionEvent.Acquired.class));
  }

  @Test
  void sessionIsNotLentToAnotherThread() {
    Throwable thrown =
        scope.read(
            "lend",
            session ->
                CompletableFuture.supplyAsync(
                        () -> catchThrowable(() -> one(session)),
                        task -> Thread.startVirtualThread(task))
                    .join());
    assertThat(thrown)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("another thread's");
  }

  @Test
  void whoeverWaitsInVainIsToldTheNumbers() throws Exception {
    CountDownLatch held = new CountDownLatch(2);
    CountDownLatch release = new CountDownLatch(1);
    Duration patience = Duration.ofSeconds(3);
    PostgresConfig hasty = config.withPatience(patience);
    try (SessionScope small = SessionScope.open(hasty, this::hear)) {
      for (int i = 0; i < 2; i++) {
        Thread.startVirtualThread(() ->
            small.inTransaction(
                "hold",
                session -> {
                  held.countDown();
                  return heldUntil(release);
                }));
      }
      assertThat(held.await(10, TimeUnit.SECONDS)).as("both are held").isTrue();
      Throwable thrown = catchThrowable(() -> small.read("late", session -> 1));
      release.countDown();

      assertThat(thrown)
          .isInstanceOfSatisfying(
              SessionTimeout.class,
              it -> {
                assertThat(it.waited()).isEqualTo(patience);
                assertThat(it.pool().size()).isEqualTo(2);
                assertThat(it.pool().active()).isEqualTo(2);
                assertThat(it.pool().longest()).isPositive();
              });
      assertThat(heard).containsEntry(SessionEvent.TimedOut.class, 1);
    }
  }

  @SuppressWarnings("InfiniteRecursion") // why: that is what is tried
  private static int endless(int depth) {
    return endless(depth + 1) + 1;
  }

  private void throwing(Throwable what) {
    scope.inTransaction(
        "throw",
        session -> {
          one(session);
          throw SessionTroubleTest.<RuntimeException>sneaky(what);
        });
  }

  private void run(@CompileTimeConstant final String sql) {
    scope.inTransaction("run", session -> session.query(sql, row -> row.text("x")));
  }

  private void badMapper() {
    scope.read("map", session -> session.query("select 1 as x", row -> row.text("y")));
  }

  private void badParameter() {
    scope.read("bind", session -> session.query("select ? as x", row -> row, new Object()));
  }

  private void hitWhileAsleep(double seconds, IntConsumer hit) {
    scope.inTransaction(
        "asleep",
        session -> {
          int backend = backend(session);
          Thread.startVirtualThread(() -> {
            await()
                .pollInterval(Duration.ofMillis(2))
                .until(() -> killer.read("look", it -> asleep(it, backend)));
            hit.accept(backend);
          });
          return session.query("select pg_sleep(?)", row -> row, seconds);
        });
  }

  private void cancel(int backend) {
    killer.read("cancel", it -> it.query("select pg_cancel_backend(?)", row -> row, backend));
  }

  private void terminate(int backend) {
    killer.read("kill", it -> it.query("select pg_terminate_backend(?)", row -> row, backend));
  }

  private void brokenBetween() {
    scope.inTransaction(
        "broken",
        session -> {
          terminate(backend(session));
          return one(session);
        });
  }

  private void brokenBeforeCommit() {
    scope.inTransaction(
        "broken",
        session -> {
          terminate(backend(session));
          return 1;
        });
  }

  private void interruptedBefore() throws InterruptedException {
    inThread(
        Thread.ofVirtual(),
        () -> {
          Thread.currentThread().interrupt();
          scope.read("before", session -> one(session));
        });
  }

  private void interruptedAtWork() throws InterruptedException {
    inThread(
        Thread.ofVirtual(),
        () ->
            scope.inTransaction(
                "work",
                session -> {
                  one(session);
                  Thread.currentThread().interrupt();
                  throw new IllegalStateException("stopped");
                }));
  }

  private void interruptedInStatement(Thread.Builder kind) throws InterruptedException {
    inThread(
        kind,
        () -> {
          Thread sleeper = Thread.currentThread();
          hitWhileAsleep(0.3, backend -> sleeper.interrupt());
        });
  }

  private void interruptedWaiting() throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch held = new CountDownLatch(2);
    for (int i = 0; i < 2; i++) {
      Thread.startVirtualThread(() ->
          scope.inTransaction(
              "hold",
              session -> {
                held.countDown();
                return heldUntil(release);
              }));
    }
    held.await();
    Thread waiter =
        Thread.startVirtualThread(
            () -> assertThat(catchThrowable(this::after)).isInstanceOf(SessionException.class));
    await().pollInterval(Duration.ofMillis(1)).until(() -> scope.numbers().waiting() == 1);
    waiter.interrupt();
    waiter.join();
    release.countDown();
    throw new InterruptedException("as meant");
  }

  private void badListener() {
    failsOn.set("listener");
    scope.inTransaction("listener", session -> one(session));
  }

  private void hear(SessionEvent event) {
    heard.merge(event.getClass(), 1, Integer::sum);
    if (event.name().equals(failsOn.get())) {
      throw new IllegalStateException("a listener of " + event);
    }
  }

  /** Makes trouble in a thread of its own, and throws here what was thrown there. */
  private static void inThread(Thread.Builder kind, Runnable trouble) throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Boolean> interrupted = new AtomicReference<>(false);
    kind.start(
            () -> {
              thrown.set(catchThrowable(trouble::run));
              interrupted.set(Thread.currentThread().isInterrupted());
            })
        .join();
    assertThat(interrupted.get()).as("the interrupt is not swallowed").isTrue();
    throw new InterruptedException(String.valueOf(thrown.get()));
  }

  private static int heldUntil(CountDownLatch release) {
    try {
      release.await();
      return 1;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int backend(Session session) {
    return session.one("select pg_backend_pid() as pid", row -> row.integer("pid"));
  }

  private static boolean asleep(Session session, int backend) {
    return session.one(
        "select count(*) as n from pg_stat_activity where pid = ? and wait_event = 'PgSleep'",
        row -> row.number("n") == 1,
        backend);
  }

  private int after() {
    return scope.read("after", session -> one(session));
  }

  private static int one(Session session) {
    return session.one("select 1 as n", row -> row.integer("n"));
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E sneaky(Throwable throwable) throws E {
    throw (E) throwable;
  }
}
