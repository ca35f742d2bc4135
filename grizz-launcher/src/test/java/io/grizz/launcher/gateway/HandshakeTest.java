package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What comes before the first frame; what must be refused is tried in the room security. */
@ExtendWith(SharedGrizz.class)
class HandshakeTest {

  private final RunningGrizz running;

  HandshakeTest(RunningGrizz running) {
    this.running = running;
  }

  @Test
  void otherPathIsRefused() throws IOException {
    String request = RawSocket.handshake(local()).replace("/v1/ws", "/v2/ws");
    assertThat(RawSocket.headOf(running.wsPort(), request)).startsWith("HTTP/1.1 404");
  }

  @Test
  void badTokenIsClosedWithItsOwnCode() throws IOException {
    assertThat(closeCode("Authorization: Bearer no.good.token"))
        .isEqualTo(Close.INVALID_TOKEN.code());
    assertThat(closeCode(local(), "Sec-WebSocket-Protocol: grizz.v1, bearer.x"))
        .isEqualTo(Close.INVALID_TOKEN.code());
    try (RawClient client = RawClient.silent(running.ws(), "")) {
      client.send("{\"t\":\"hello\",\"id\":\"1\",\"token\":\"no.good.token\"}");
      assertThat(client.closeCode()).isEqualTo(Close.INVALID_TOKEN.code());
    }
  }

  @Test
  void tokenMayComeInHello() {
    try (RawClient client = RawClient.silent(running.ws(), "")) {
      String token = running.token(UUID.randomUUID());
      assertThat(
              client
                  .ask("1", "{\"t\":\"hello\",\"id\":\"1\",\"token\":\"" + token + "\"}")
                  .path("t")
                  .asText())
          .isEqualTo("welcome");
    }
  }

  @Test
  void whoNeverSaysHelloIsClosed() {
    try (RawClient client = RawClient.silent(running.ws(), "");
        RawClient known = RawClient.silent(running.ws(), running.token(UUID.randomUUID()))) {
      assertThat(client.closeCode()).isEqualTo(Close.HELLO_TIMEOUT.code());
      assertThat(known.closeCode()).isEqualTo(Close.HELLO_TIMEOUT.code());
    }
  }

  private String local() {
    return "Origin: http://localhost:" + running.port;
  }

  private int closeCode(String... headers) throws IOException {
    try (RawSocket socket = RawSocket.to(running.wsPort())) {
      assertThat(socket.say(RawSocket.handshake(headers)).head()).startsWith("HTTP/1.1 101");
      return socket.closed().orElseThrow().code();
    }
  }
}
