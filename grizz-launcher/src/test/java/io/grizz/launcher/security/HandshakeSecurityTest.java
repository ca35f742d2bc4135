package io.grizz.launcher.security;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.grizz.api.ConfigException;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.LogWatch;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.RawSocket.Closed;
import io.grizz.launcher.gateway.Gateway;
import io.grizz.launcher.gateway.GatewayConfig;
import io.grizz.launcher.gateway.GatewayConfig.Access;
import io.grizz.launcher.gateway.GatewayConfig.Connections;
import io.grizz.launcher.gateway.GatewayConfig.Limits;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.gateway.SharedGrizz;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/** S01 to S10: who may shake hands, and what happens to bytes that are no frames. */
@ExtendWith(SharedGrizz.class)
@ResourceLock("log")
class HandshakeSecurityTest {

  private static final Duration SOON = Duration.ofSeconds(6);

  private final RunningGrizz grizz;

  HandshakeSecurityTest(RunningGrizz grizz) {
    this.grizz = grizz;
  }

  @Test
  void S01_onlyPagesOnTheListMayConnect_andOthersOnlyWithATokenInTheHeader() throws IOException {
    for (String origin :
        List.of("https://evil.example", "http://localhost:1", "null", "http://localhost")) {
      assertThat(shaken("Origin: " + origin)).as(origin).startsWith("HTTP/1.1 404");
      assertThat(shaken("Origin: " + origin, bearer()))
          .as(origin + " with a token")
          .startsWith("HTTP/1.1 404");
    }
    for (String host : List.of("localhost", "127.0.0.1", "[::1]")) {
      assertThat(shaken("Origin: http://" + host + ":" + grizz.port)).startsWith("HTTP/1.1 101");
    }
    assertThat(shaken()).as("neither origin nor token").startsWith("HTTP/1.1 404");
    assertThat(shaken("Sec-WebSocket-Protocol: grizz.v1, bearer." + token()))
        .as("a browser's way without an origin")
        .startsWith("HTTP/1.1 404");
    for (String other : List.of("Basic dXNlcjpwYXNz", token(), "Bearer")) {
      assertThat(shaken("Authorization: " + other)).as(other).startsWith("HTTP/1.1 404");
    }
    assertThat(shaken(bearer())).startsWith("HTTP/1.1 101");
  }

  @Test
  void S02_anyOriginIsNoOrigin_andAnswersAreForOneExactly() throws IOException {
    List<String> origins = List.of("https://a.example", "*");
    assertThatThrownBy(
            () -> RunningGrizz.config(1, origins, RunningGrizz.AUTH, RunningGrizz.LIMITS))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gateway.origins");
    String ours = "http://localhost:" + grizz.port;
    assertThat(RawSocket.headOf(grizz.port, get("/healthz", "Origin: " + ours)))
        .containsIgnoringCase("Access-Control-Allow-Origin: " + ours + "\r\n")
        .doesNotContainIgnoringCase("Allow-Credentials");
    for (String origin : List.of("https://evil.example", "null", ours + ".evil.example")) {
      assertThat(RawSocket.headOf(grizz.port, get("/healthz", "Origin: " + origin)))
          .as(origin)
          .doesNotContainIgnoringCase("Access-Control-Allow-Origin");
    }
  }

  @Test
  void S03_plainWebSocketFromElsewhereIsRefused_unlessATrustedProxyHadTls() throws Exception {
    String elsewhere = "X-Forwarded-For: 198.51.100.9";
    String tls = "X-Forwarded-Proto: https";
    assertThat(shaken(bearer(), elsewhere)).startsWith("HTTP/1.1 404");
    assertThat(shaken(bearer(), elsewhere, tls)).startsWith("HTTP/1.1 404");
    int port = FreePorts.pair();
    GatewayConfig trusting =
        RunningGrizz.config(port).with(Access.STANDARD.withProxies(List.of("127.0.0.1")));
    try (Gateway gateway = grizz.another(trusting)) {
      assertThat(gateway).isNotNull();
      String refused = RawSocket.handshake(bearer(), elsewhere, "X-Forwarded-Proto: http");
      assertThat(RawSocket.headOf(port + 1, refused)).startsWith("HTTP/1.1 404");
      assertThat(RawSocket.headOf(port + 1, RawSocket.handshake(bearer(), elsewhere, tls)))
          .startsWith("HTTP/1.1 101");
    }
  }

  @Test
  void S04_whoConnectsAndSaysNothingIsClosed() throws IOException {
    try (RawSocket silent = RawSocket.to(grizz.wsPort())) {
      long began = System.nanoTime();
      assertThat(silent.rest()).isEmpty();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON.plusSeconds(1));
    }
  }

  @Test
  void S05_handshakeByDropsIsClosed() throws IOException {
    String head = RawSocket.handshake("Origin: http://localhost:" + grizz.port);
    try (RawSocket slow = RawSocket.to(grizz.wsPort())) {
      int[] sent = {0};
      await()
          .atMost(SOON.plusSeconds(1))
          .pollInterval(250, TimeUnit.MILLISECONDS)
          .until(() -> {
            try {
              slow.say(head.substring(sent[0], ++sent[0]));
              return false;
            } catch (IOException closed) {
              return true;
            }
          });
      assertThat(sent[0]).as("bytes that were sent").isGreaterThan(4);
    }
  }

  @Test
  void S06_endlessHeaderIsCutOff() throws IOException {
    try (RawSocket socket = RawSocket.to(grizz.wsPort())) {
      long began = System.nanoTime();
      socket.say("GET /v1/ws HTTP/1.1\r\nX-Long: " + "a".repeat(17 * 1024));
      assertThat(socket.rest()).isEmpty();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
    }
  }

  @Test
  void S07_oneConnectionTooManyIsRefused_andTheServerGoesOn() throws Exception {
    UUID user = UUID.randomUUID();
    Limits few = RunningGrizz.LIMITS.with(new Connections(2, 2_000, 3, 1_000));
    int port = FreePorts.pair();
    GatewayConfig config = RunningGrizz.config(port, List.of(), RunningGrizz.AUTH, few);
    try (Gateway gateway = grizz.another(config);
        RawSocket stays = welcomed(port + 1, user)) {
      try (RawSocket second = welcomed(port + 1, user);
          RawSocket third = upgraded(port + 1, user)) {
        assertThat(third.closed()).map(Closed::code).as("of its user").contains(4504);
        try (RawSocket other = welcomed(port + 1, UUID.randomUUID());
            RawSocket fourth = RawSocket.to(port + 1)) {
          String answer = fourth.say(RawSocket.handshake(bearer())).rest();
          assertThat(answer).as("of all, after %s, %s, %s", stays, second, other).isEmpty();
        }
      }
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .until(() -> {
            try (RawSocket again = welcomed(port + 1, user)) {
              return !again.equals(stays);
            }
          });
      assertThat(gateway).hasToString("127.0.0.1:" + port);
    }
  }

  @Test
  void S08_compressionIsNeverAgreedTo() throws IOException {
    String answer =
        shaken(
            "Origin: http://localhost:" + grizz.port,
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits");
    assertThat(answer).startsWith("HTTP/1.1 101").doesNotContainIgnoringCase("extensions");
  }

  @Test
  void S09_whatIsNoShortTextIsClosedByItsCode_andNothingIsAllocatedForAClaim() throws IOException {
    byte[] ten = new byte[10];
    assertThat(closeCode(RawSocket.frame(0x82, "abc".getBytes(ISO_8859_1)))).isEqualTo(1003);
    assertThat(closeCode(RawSocket.frame(0x81, new byte[] {(byte) 0xc3, '('}))).isEqualTo(1007);
    assertThat(closeCode(RawSocket.frame(0x81, 65_537, ten))).isEqualTo(1009);
    // why: more than this JVM's heap, so that an allocation of what is claimed would fail
    assertThat(Runtime.getRuntime().maxMemory()).isLessThan(Integer.MAX_VALUE);
    assertThat(closeCode(RawSocket.frame(0x81, Integer.MAX_VALUE, ten))).isEqualTo(1009);
    assertThat(closeCode(RawSocket.frame(0x81, Long.MAX_VALUE, ten))).isEqualTo(1009);
  }

  @Test
  void S10_unknownProtocolIsAnotherVersion_andNoTokenIsEverShown() throws IOException {
    String local = "Origin: http://localhost:" + grizz.port;
    String good = token();
    String bad = good.substring(0, good.lastIndexOf('.')) + ".c2lnbmF0dXJl";
    StringBuilder said = new StringBuilder();
    try (LogWatch log = LogWatch.from(Level.DEBUG)) {
      assertThat(closed(local, "Sec-WebSocket-Protocol: grizz.v9").code()).isEqualTo(4502);
      for (String token : List.of(good, bad)) {
        String offered = "Sec-WebSocket-Protocol: grizz.v1, bearer." + token;
        String head = shaken(local, offered);
        assertThat(head).contains("Sec-WebSocket-Protocol: grizz.v1\r\n");
        said.append(head)
            .append(shaken("Authorization: Bearer " + token))
            .append(
                RawSocket.answerTo(grizz.port, get("/api/none", "Authorization: Bearer " + token)))
            .append(RawSocket.answerTo(grizz.port, get("/v1/jobs/x?token=" + token, "Origin: x")));
        try (RawClient client = RawClient.silent(grizz.ws(), "")) {
          client.send("{\"t\":\"hello\",\"id\":\"1\",\"token\":\"" + token + "\"}");
          client.send("{\"t\":\"auth\",\"id\":\"2\",\"token\":\"" + token + "x\"}");
          client.send("{\"t\":\"" + token + "\",\"id\":\"3\"}");
          await().until(() -> token.equals(bad) || client.frames("err").size() == 2);
          said.append(client.frames());
        }
      }
      said.append(closed("Authorization: Bearer " + bad));
      assertThat(said).doesNotContain(good, bad, "c2lnbmF0dXJl");
      assertThat(log.lines(Level.DEBUG))
          .anyMatch(it -> it.contains("a token was refused"))
          .noneMatch(it -> it.contains(good) || it.contains(bad) || it.contains("c2lnbmF0dXJl"));
    }
  }

  private String token() {
    return grizz.token(UUID.randomUUID());
  }

  private String bearer() {
    return "Authorization: Bearer " + token();
  }

  private String shaken(String... headers) throws IOException {
    return RawSocket.headOf(grizz.wsPort(), RawSocket.handshake(headers));
  }

  private static String get(String path, String header) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + header + "\r\nConnection: close\r\n\r\n";
  }

  private Closed closed(String... headers) throws IOException {
    try (RawSocket socket = RawSocket.to(grizz.wsPort())) {
      assertThat(socket.say(RawSocket.handshake(headers)).head()).startsWith("HTTP/1.1 101");
      return socket.closed().orElseThrow();
    }
  }

  private int closeCode(byte[] bytes) throws IOException {
    try (RawSocket socket = RawSocket.to(grizz.wsPort())) {
      assertThat(socket.say(RawSocket.handshake(bearer())).head()).startsWith("HTTP/1.1 101");
      return socket.say(bytes).closed().orElseThrow().code();
    }
  }

  private RawSocket upgraded(int port, UUID user) throws IOException {
    RawSocket socket = RawSocket.to(port);
    socket.say(RawSocket.handshake("Authorization: Bearer " + grizz.token(user)));
    assertThat(socket.head()).startsWith("HTTP/1.1 101");
    return socket;
  }

  private RawSocket welcomed(int port, UUID user) throws IOException {
    RawSocket socket = upgraded(port, user).send("{\"t\":\"hello\",\"id\":\"1\"}");
    assertThat(socket.text()).contains("\"t\":\"welcome\"");
    return socket;
  }
}
