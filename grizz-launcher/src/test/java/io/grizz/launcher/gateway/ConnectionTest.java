package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.Watched.Cursor;
import io.grizz.memory.MemoryQueue;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.java_websocket.WebSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One connection on a socket that only listens, before a queue that answers when the test says. */
@Timeout(30)
class ConnectionTest {

  private static final String HELLO = "{\"t\":\"hello\",\"id\":\"1\"}";

  private final UUID user = UUID.randomUUID();
  private final MemoryQueue memory =
      MemoryQueue.open(QueueConfig.named("connection"), InstantSource.system());
  private final AtomicInteger finds = new AtomicInteger();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);
  private final House house = QuietHouse.house(QuietHouse.stores(slow(memory)));
  private final List<String> sent = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final WebSocket socket = socket();
  private volatile boolean blocked;
  private final String token = house.tokens().issue(user, Duration.ofHours(1));

  @AfterEach
  void close() {
    answer.countDown();
    house.hub().close();
    memory.close();
  }

  @Test
  void whoHasToGoGoesAtOnce_andNothingThatWaitsIsDoneAnyMore() throws Exception {
    Connection connection = busy();
    for (int i = 0; i < 50; i++) {
      connection.received(watch());
    }
    assertThat(house.hub().all()).hasSize(1).first().isEqualTo(connection);
    house.hub().all().forEach(guest -> guest.end(Close.FORBIDDEN));
    assertThat(closed).as("while its thread waits").isCompletedWithValue(4507);
    answer.countDown();
    await().until(() -> house.hub().all().isEmpty());
    assertThat(finds).as("what had begun, and no more").hasValue(1);
  }

  @Test
  void mailboxHoldsOnlySoManyBytes() throws Exception {
    Connection connection = busy();
    String long64 = "{\"t\":\"ping\",\"x\":\"" + "é".repeat(32 * 1024 - 20) + "\"}";
    for (int i = 0; i < 16; i++) {
      connection.received(long64);
    }
    assertThat(closed).isNotDone();
    connection.received(long64);
    assertThat(closed).isCompletedWithValue(4503);
  }

  @Test
  void slowReaderIsToldThatTheServerHasTooMuch_whenTooMuchWaitsForAll() {
    answer.countDown();
    blocked = true;
    Connection connection = entered();
    AtomicLong waiting = house.hub().outboxBytes();
    String question =
        "{\"t\":\"unwatch\",\"id\":\"%s\",\"job\":\"%s\"}"
            .formatted("x".repeat(64), UUID.randomUUID());
    int most = house.config().delivery().drop();
    LongSupplier answered = () -> waiting.get() + sent.stream().mapToLong(String::length).sum();
    while (waiting.get() <= most) {
      long before = answered.getAsLong();
      connection.received(question);
      await().pollInterval(Duration.ofNanos(20_000)).until(() -> answered.getAsLong() > before);
    }
    assertThat(closed).isNotDone();
    waiting.addAndGet(house.config().delivery().total());
    connection.received(question);
    assertThat(closed.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(Close.OVERLOADED.code());
    assertThat(house.hub().standing().closed()).containsOnlyKeys("overloaded");
  }

  @Test
  void whatWasReadFromTheMailboxIsForgotten() {
    answer.countDown();
    Connection connection = entered();
    String long64 = "{\"t\":\"ping\",\"x\":\"" + "x".repeat(64 * 1024 - 20) + "\"}";
    for (int i = 1; i <= 40; i++) {
      connection.received(long64);
      int pongs = i;
      await().until(() -> sent.stream().filter(it -> it.contains("pong")).count() == pongs);
    }
    assertThat(closed).isNotDone();
  }

  @Test
  void whoHasToGoGoesThoughItsStreamIsStuck() throws Exception {
    answer.countDown();
    Job job =
        Job.of(UUID.randomUUID(), "greet", "{}")
            .with(Job.Sender.ANONYMOUS.withUser(user))
            .with(Job.Output.streaming("log1"));
    assertThat(memory.enqueue(job)).isNotNull();
    Session session = Session.of(house, token).orElseThrow();
    JobStream stream = new JobStream(house, session, job.id(), Cursor.START);
    CountDownLatch writes = new CountDownLatch(1);
    CompletableFuture<Void> over = new CompletableFuture<>();
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                stream.writeTo(stuck(writes));
                over.complete(null);
              } catch (IOException | InterruptedException e) {
                over.completeExceptionally(e);
              }
            });
    assertThat(writes.await(10, TimeUnit.SECONDS)).isTrue();
    stream.end(Close.FORBIDDEN);
    assertThatThrownBy(() -> over.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
    writer.join();
  }

  @Test
  void timeToBeIdleBeginsWhenTheLastJobIsWatchedNoMore() {
    answer.countDown();
    Job job = Job.of(UUID.randomUUID(), "greet", "{}").with(Job.Sender.ANONYMOUS.withUser(user));
    assertThat(memory.enqueue(job)).isNotNull();
    Outbox outbox = new Outbox(socket, house.config().delivery(), house.hub().outboxBytes());
    Connection connection = new Connection(socket, house, Optional.of(token), Optional.empty());
    Seat seat = new Seat(connection, outbox, house);
    assertThat(seat.take(Session.of(house, token).orElseThrow())).isTrue();
    seat.attach(job.id(), Cursor.START, (about, type, frame) -> {});
    long minute = Duration.ofMinutes(1).toNanos();
    long now = System.nanoTime();
    seat.tick(now + 60 * minute);
    seat.watches().leave(job.id());
    seat.tick(now + 61 * minute);
    assertThat(closed).isNotDone();
    seat.tick(now + 76 * minute);
    assertThat(closed).isCompletedWithValue(1000);
  }

  @Test
  void bellRingsOnAfterSomethingThatIsNoEvent() {
    answer.countDown();
    Connection connection = entered();
    house.hub().rang(user, "log1", "\"no event\"");
    house.hub().rang(user, "log1", "{\"t\":\"delta\",\"seq\":1}");
    house.hub().rang(user, "log1", "{\"t\":\"delta\",\"job\":\"%s\"}".formatted(user));
    connection.received("{\"t\":\"ping\",\"ts\":1}");
    await().until(() -> sent.getLast().contains("pong"));
  }

  /** A connection whose thread waits for the queue. */
  private Connection busy() throws InterruptedException {
    Connection connection = entered();
    connection.received(watch());
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    return connection;
  }

  private Connection entered() {
    Connection connection = new Connection(socket, house, Optional.of(token), Optional.empty());
    connection.start();
    connection.received(HELLO);
    await().until(() -> !sent.isEmpty());
    return connection;
  }

  private static String watch() {
    return "{\"t\":\"watch\",\"id\":\"2\",\"job\":\"%s\"}".formatted(UUID.randomUUID());
  }

  /** Blocks whoever writes, until it is interrupted; a socket does the same. */
  private static OutputStream stuck(CountDownLatch writes) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        writes.countDown();
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          throw new IOException("Closed by interrupt", e);
        }
      }
    };
  }

  private JobQueue slow(JobQueue queue) {
    return (JobQueue)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {JobQueue.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("find")) {
                finds.incrementAndGet();
                asked.countDown();
                answer.await();
              }
              try {
                return method.invoke(queue, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private WebSocket socket() {
    return (WebSocket)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {WebSocket.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "hasBufferedData" -> blocked;
                  case "isOpen" -> !closed.isDone();
                  case "send" -> {
                    sent.add(String.valueOf(arguments[0]));
                    yield null;
                  }
                  case "close" -> {
                    closed.complete((Integer) arguments[0]);
                    yield null;
                  }
                  default -> null;
                });
  }
}
