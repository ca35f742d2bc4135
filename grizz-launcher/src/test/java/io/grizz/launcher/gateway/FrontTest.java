package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.json.Json;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.GatewayConfig.Address;
import io.grizz.launcher.gateway.GatewayConfig.Connections;
import io.grizz.launcher.offline.OfflineAnswer;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One port for both doors. */
@ExtendWith(SharedGrizz.class)
class FrontTest {

  private final UUID user = UUID.randomUUID();
  private final RunningGrizz running;
  private int port;
  private Gateway gateway;

  FrontTest(RunningGrizz running) {
    this.running = running;
  }

  private Gateway open(String host) throws Exception {
    return running.another(RunningGrizz.config(new Address(host, port, Optional.empty(), true)));
  }

  @BeforeEach
  void open() throws Exception {
    port = FreePorts.pair();
    gateway = open("127.0.0.1");
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void bothDoorsAreAtOnePort() throws Exception {
    assertThat(request("GET /healthz", "Host: localhost:" + port)).startsWith("HTTP/1.1 200");
    String config = request("GET /client-config", "Host: localhost:" + port);
    String ws = Json.tree(config.substring(config.indexOf("\r\n\r\n") + 4)).path("ws").asText();
    assertThat(ws).isEqualTo("ws://localhost:" + port + "/v1/ws");

    URI uri = URI.create("ws://127.0.0.1:" + port + "/v1/ws");
    try (RawClient client = RawClient.connect(uri, running.token(user))) {
      client.send(
          "{\"t\":\"send\",\"id\":\"1\",\"msg\":\"%s\",\"text\":\"/words 200\"}"
              .formatted(UUID.randomUUID()));
      await().until(() -> client.ends() == 1);
      assertThat(client.text()).isEqualTo(OfflineAnswer.to("/words 200", 0));
    }
    await().until(() -> gateway.standing().connections() == 0);
  }

  @Test
  void whoIsReallyThereIsKnownBehindIt() throws Exception {
    String host = "Host: localhost:" + port;
    assertThat(request("POST /dev/token", host)).startsWith("HTTP/1.1 200");
    assertThat(request("POST /dev/token", host + "\r\nX-Forwarded-For: 127.0.0.1"))
        .startsWith("HTTP/1.1 404");

    gateway.close();
    gateway = open("0.0.0.0");
    String handshake = RawSocket.handshake("Authorization: Bearer " + running.token(user));
    try (RawSocket near = RawSocket.to(port)) {
      assertThat(near.say(handshake).head()).startsWith("HTTP/1.1 101");
    }
    try (RawSocket far = RawSocket.to(ownAddress(), port)) {
      assertThat(far.say(handshake).head()).as("plain, from elsewhere").startsWith("HTTP/1.1 404");
    }
    try (RawSocket far = RawSocket.to(ownAddress(), port)) {
      far.say("GET /metrics HTTP/1.1\r\nHost: localhost:" + port + "\r\nConnection: close\r\n\r\n");
      assertThat(far.head()).startsWith("HTTP/1.1 401");
    }
  }

  @Test
  void headThatIsTooLongOrTooSlowIsCutOff() throws Exception {
    try (RawSocket socket = RawSocket.to(port)) {
      socket.say("GET / HTTP/1.1\r\nX: " + "x".repeat(17 * 1024));
      assertThat(socket.rest()).isEmpty();
    }
    try (RawSocket silent = RawSocket.to(port)) {
      assertThat(silent.rest()).isEmpty();
    }
    assertThat(request("GET /healthz", "Host: a")).startsWith("HTTP/1.1 200");
  }

  @Test
  void clientThatDoesNotHangUpIsLetGo_andItsPlaceIsAnothers() throws Exception {
    reopen(new Connections(5, 2_000, 1, 1_000), List.of());
    String get = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    try (RawSocket stays = RawSocket.to(port)) {
      assertThat(stays.say(get).rest()).startsWith("HTTP/1.1 200");
      await()
          .ignoreExceptions()
          .until(() -> RawSocket.answerTo(port, get).startsWith("HTTP/1.1 200"));
      assertThat(stays).isNotNull();
    }
  }

  @Test
  void oneAddressHasOnlySoManyConnections_unlessItIsThatOfAProxy() throws Exception {
    Connections one = new Connections(5, 1, 10, 1_000);
    for (List<String> proxies : List.of(List.<String>of(), List.of("127.0.0.0/8"))) {
      reopen(one, proxies);
      try (RawSocket stays = RawSocket.to(port)) {
        stays.say("GET /healthz HTTP/1.1\r\n");
        await()
            .ignoreExceptions()
            .until(() ->
                request("GET /healthz", "Host: a").startsWith("HTTP/1.1 200") != proxies.isEmpty());
      }
    }
  }

  @Test
  void whatABodySaysIsNoUpgrade() throws Exception {
    String body = "{}\r\nUpgrade: websocket\r\n";
    String answer =
        RawSocket.answerTo(
            port,
            "POST /v1/jobs HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body);
    assertThat(answer).startsWith("HTTP/1.1 401");
  }

  private void reopen(Connections connections, List<String> proxies) throws Exception {
    gateway.close();
    GatewayConfig config =
        RunningGrizz.config(new Address("127.0.0.1", port, Optional.empty(), true))
            .with(RunningGrizz.LIMITS.with(connections));
    gateway = running.another(config.with(config.access().withProxies(proxies)));
  }

  private String request(String line, String headers) throws Exception {
    return RawSocket.answerTo(
        port,
        line + " HTTP/1.1\r\n" + headers + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }

  /** An address of this machine that is not loopback. */
  private static InetAddress ownAddress() throws Exception {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(it -> !it.isLoopbackAddress() && it.getAddress().length == 4)
        .findFirst()
        .orElseThrow();
  }
}
