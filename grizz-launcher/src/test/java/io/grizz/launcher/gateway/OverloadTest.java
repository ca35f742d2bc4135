package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.Connection.House;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.java_websocket.WebSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** While more waits for clients than may wait for all, slow ones go, and nobody new is let in. */
@ExtendWith(SharedGrizz.class)
class OverloadTest {

  private static final int DROP = 8 << 10;
  private static final int TOTAL = 24 << 10;
  private static final int MOST_READERS = 5;

  /** Together more than the buffers of a socket hold. */
  private static final int JOBS = 50;

  private static final String TEXT = "x".repeat(200_000);

  private final RunningGrizz running;

  OverloadTest(RunningGrizz running) {
    this.running = running;
  }

  @Test
  void newcomerIsSentAwayToComeBackLater() throws Exception {
    try (Hub hub = running.hub()) {
      House house = running.house(hub);
      hub.outboxBytes().set(house.config().delivery().total() + 1L);
      CompletableFuture<Object> code = new CompletableFuture<>();
      new Connection(
              socket(code), house, Optional.of(running.token(UUID.randomUUID())), Optional.empty())
          .start();
      assertThat(code.get(5, TimeUnit.SECONDS)).isEqualTo(Close.OVERLOADED.code());
      assertThat(hub.standing().closed()).containsEntry("overloaded", 1L);
      assertThat(hub.standing().connections()).isZero();
    }
  }

  @Test
  void slowReaderIsToldThatTheServerHasTooMuch_whenTooMuchWaitsForAll() throws Exception {
    GatewayConfig.Delivery tight =
        new GatewayConfig.Delivery(
            1 << 10, DROP, TOTAL, TOTAL, Duration.ofMinutes(1), Duration.ZERO);
    List<RawSocket> slow = new ArrayList<>();
    List<Integer> codes = new CopyOnWriteArrayList<>();
    UUID user = UUID.randomUUID();
    try (GatewayByHand hand = new GatewayByHand(running, it -> it.with(tight))) {
      List<UUID> jobs = new ArrayList<>();
      for (int i = 0; i < JOBS; i++) {
        GatewayByHand.Answer answer = hand.begin(user);
        answer.say(TEXT);
        answer.snapshot(TEXT);
        jobs.add(answer.job());
      }
      // why so many: none holds more than half of what all may hold together
      while (!hand.standing().closed().containsKey("overloaded")) {
        assertThat(slow).hasSizeLessThan(MOST_READERS);
        RawSocket socket = watching(hand, jobs, user);
        slow.add(socket);
        ask(hand, socket);
      }
      slow.forEach(each -> Thread.ofVirtual().start(() -> codes.add(code(each))));
      await().until(() -> codes.contains(Close.OVERLOADED.code()));
      assertThat(hand.standing().closed()).doesNotContainKey("slow");
    } finally {
      for (RawSocket each : slow) {
        each.close();
      }
    }
  }

  /** Asks, and reads no answer, until more of them wait than its events might have. */
  private static void ask(GatewayByHand hand, RawSocket socket)
      throws IOException, InterruptedException {
    long before = hand.standing().outboxBytes();
    String question =
        "{\"t\":\"unwatch\",\"id\":\"%s\",\"job\":\"%s\"}"
            .formatted("x".repeat(64), UUID.randomUUID());
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (hand.standing().outboxBytes() - before < DROP + 1_000
        && !hand.standing().closed().containsKey("overloaded")) {
      assertThat(System.nanoTime()).as("20 s").isLessThan(end);
      try {
        socket.send(question);
      } catch (SocketException e) {
        return; // it was closed, and the next look says why
      }
      Thread.sleep(1);
    }
  }

  private RawSocket watching(GatewayByHand hand, List<UUID> jobs, UUID user) throws IOException {
    RawSocket socket = RawSocket.narrow(hand.wsPort());
    socket.say(RawSocket.handshake("Authorization: Bearer " + running.token(user)));
    assertThat(socket.head()).startsWith("HTTP/1.1 101");
    socket.send("{\"t\":\"hello\",\"id\":\"1\"}");
    assertThat(socket.text()).contains("welcome");
    for (UUID job : jobs) {
      socket.send("{\"t\":\"watch\",\"id\":\"2\",\"job\":\"" + job + "\"}");
    }
    return socket;
  }

  private static int code(RawSocket socket) {
    try {
      return socket.closed().map(RawSocket.Closed::code).orElse(0);
    } catch (IOException e) {
      return 0; // it was not closed while the test had patience
    }
  }

  private WebSocket socket(CompletableFuture<Object> code) {
    return (WebSocket)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {WebSocket.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("close")) {
                throw new IllegalStateException(method.getName());
              }
              code.complete(arguments[0]);
              return null;
            });
  }
}
