package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.launcher.gateway.Connection.House;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.java_websocket.WebSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** While more waits for clients than may wait for all, nobody new is let in. */
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
