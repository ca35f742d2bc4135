package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.Connection.House;
import java.io.IOException;
import java.lang.reflect.Proxy;
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
    UUID user = UUID.randomUUID();
    GatewayConfig.Delivery tight =
        new GatewayConfig.Delivery(
            16 << 10, 64 << 10, 256 << 10, 256 << 10, Duration.ofMinutes(1), Duration.ZERO);
    List<RawSocket> slow = new ArrayList<>();
    List<Integer> codes = new CopyOnWriteArrayList<>();
    try (GatewayByHand hand = new GatewayByHand(running, it -> it.with(tight))) {
      GatewayByHand.Answer answer = hand.begin(user);
      for (int i = 0; i < RunningGrizz.LIMITS.connections().perUser(); i++) {
        slow.add(watching(hand, answer, user));
      }
      await()
          .pollInterval(Duration.ofMillis(5))
          .until(() -> {
            answer.say("x".repeat(60_000));
            return hand.standing().closed().containsKey("overloaded");
          });
      slow.forEach(each -> Thread.ofVirtual().start(() -> codes.add(code(each))));
      await().until(() -> codes.contains(Close.OVERLOADED.code()));
      assertThat(hand.standing().closed()).doesNotContainKey("slow");
    } finally {
      for (RawSocket each : slow) {
        each.close();
      }
    }
  }

  private RawSocket watching(GatewayByHand hand, GatewayByHand.Answer answer, UUID user)
      throws IOException {
    RawSocket socket = RawSocket.narrow(hand.wsPort());
    socket.say(RawSocket.handshake("Authorization: Bearer " + running.token(user)));
    assertThat(socket.head()).startsWith("HTTP/1.1 101");
    socket.send("{\"t\":\"hello\",\"id\":\"1\"}");
    assertThat(socket.text()).contains("welcome");
    return socket.send("{\"t\":\"watch\",\"id\":\"2\",\"job\":\"" + answer.job() + "\"}");
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
