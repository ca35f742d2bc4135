package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.grizz.api.ChatRecord;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.LogWatch;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.offline.OfflineAnswer;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Clients of the time before {@code grizz.v1}: text in, pieces of text out. */
@ExtendWith(SharedGrizz.class)
@ResourceLock("log")
class LegacyTest {

  private final UUID user = UUID.randomUUID();
  private final RunningGrizz running;
  private UUID conversation;
  private int port;
  private Gateway gateway;

  LegacyTest(RunningGrizz running) {
    this.running = running;
    this.conversation = user;
  }

  @BeforeEach
  void open() throws Exception {
    port = FreePorts.pair();
    GatewayConfig config = RunningGrizz.config(port);
    gateway = running.another(config.with(config.access().withLegacy()));
    conversation = running.chats.record().today(user, ZoneOffset.UTC, Instant.now()).id();
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void plainTextIsAnsweredInPiecesFromTheFirstOn() throws Exception {
    try (RawSocket socket = connect(running.token(user))) {
      socket.send("/words 30");
      assertThat(heard(socket, "word30")).isEqualTo(OfflineAnswer.to("/words 30", 0));
      socket.send("{\"text\":\"/words 3\",\"file_urls\":[]}");
      assertThat(heard(socket, "word3")).isEqualTo("word1 word2 word3");
    }
  }

  @Test
  void heartbeatIsNoMessage() throws Exception {
    try (RawSocket socket = connect(running.token(user))) {
      socket.send("{\"type\":\"ping\"}");
      assertThat(socket.text()).isEqualTo("{\"type\":\"pong\"}");
      socket.send("{\"type\":\"typing\"}");
      socket.send("{\"type\":\"ping\"}");
      assertThat(socket.text()).isEqualTo("{\"type\":\"pong\"}");
      assertThat(texts()).isZero();
    }
  }

  @Test
  void failureIsToldOnceAndAsAnError() throws Exception {
    try (RawSocket socket = connect(running.token(user))) {
      socket.send("/fail 400");
      assertThat(socket.text())
          .isEqualTo("{\"type\":\"error\",\"code\":\"upstream_rejected\",\"retryable\":false}");
      socket.send("{\"text\":\"\"}");
      assertThat(socket.text()).contains("\"code\":\"bad_field\"");
      socket.send("{\"text\":\"a\",\"file_urls\":[\"http://evil.example/x\"]}");
      assertThat(socket.text()).contains("\"code\":\"file_not_allowed\"");
      socket.send("{ no JSON, but text");
      await().until(() -> texts() > 0);
    }
  }

  @Test
  void tokenIsAskedFor_andNeverLogged() throws Exception {
    String token = running.token(user);
    try (LogWatch log = LogWatch.from(Level.DEBUG)) {
      try (RawSocket socket = connect(token)) {
        socket.send("/words 2");
        assertThat(heard(socket, "word2")).isEqualTo("word1 word2");
      }
      assertThat(log.lines(Level.DEBUG)).noneMatch(it -> it.contains(token));
    }
    try (RawSocket socket = connect("no.good.token")) {
      assertThat(socket.closed().orElseThrow().code()).isEqualTo(Close.INVALID_TOKEN.code());
    }
    try (RawSocket socket = connect(running.token(UUID.randomUUID()))) {
      socket.send("to a stranger's conversation");
      assertThat(socket.text()).contains("\"code\":\"forbidden\"");
    }
  }

  @Test
  void pathIsNotForClientsOfTheNewKind() throws Exception {
    try (RawSocket socket = RawSocket.to(port + 1)) {
      String token = running.token(user);
      socket.say(
          handshake(port, token)
              .replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: grizz.v1\r\n\r\n"));
      assertThat(socket.head()).startsWith("HTTP/1.1 101");
      assertThat(socket.closed().orElseThrow().code()).isEqualTo(Close.VERSION.code());
    }
  }

  @Test
  void pathIsClosedUnlessItIsConfigured() throws Exception {
    assertThat(head(running.wsPort(), running.token(user))).startsWith("HTTP/1.1 404");
    String v1 =
        RawSocket.handshake("Origin: http://localhost:" + running.port)
            .replace("/v1/ws", "/v1/ws?token=" + running.token(user));
    try (RawSocket socket = RawSocket.to(running.wsPort())) {
      socket.say(v1);
      assertThat(socket.head()).startsWith("HTTP/1.1 101");
      socket.send("{\"t\":\"hello\",\"id\":\"1\"}");
      assertThat(socket.closed().orElseThrow().code()).isEqualTo(Close.INVALID_TOKEN.code());
    }
  }

  @Test
  void answerThatBeginsAgainIsNotGluedToTheFirst() {
    RawAnswer same = new RawAnswer();
    assertThat(same.more("Hello ") + same.more("wor")).isEqualTo("Hello wor");
    same.restarted();
    assertThat(same.more("Hello ") + same.more("world") + same.more("!")).isEqualTo("ld!");
    assertThat(same.ended()).isEmpty();

    RawAnswer other = new RawAnswer();
    other.more("Hello");
    assertThat(other.replaced("Good day")).isEqualTo(RawAnswer.AGAIN + "Good day");
    assertThat(other.more(".")).isEqualTo(".");

    RawAnswer shorter = new RawAnswer();
    shorter.more("Hello world");
    shorter.restarted();
    assertThat(shorter.more("Hello")).isEmpty();
    assertThat(shorter.ended()).isEqualTo(RawAnswer.AGAIN + "Hello");
  }

  private long texts() {
    Optional<List<ChatRecord.Message>> messages =
        running.chats.record().messages(user, conversation, Optional.empty(), 10);
    return messages.orElseThrow().size();
  }

  private static String heard(RawSocket socket, String end) throws IOException {
    StringBuilder heard = new StringBuilder();
    while (!heard.toString().endsWith(end)) {
      heard.append(socket.text());
    }
    return heard.toString();
  }

  private RawSocket connect(String token) throws IOException {
    RawSocket socket = RawSocket.to(port + 1);
    socket.say(handshake(port, token));
    assertThat(socket.head()).startsWith("HTTP/1.1 101");
    return socket;
  }

  private String head(int wsPort, String token) throws IOException {
    return RawSocket.headOf(wsPort, handshake(wsPort - 1, token));
  }

  private String handshake(int httpPort, String token) {
    return RawSocket.handshake("Origin: http://localhost:" + httpPort)
        .replace("/v1/ws", "/ws/chat/" + conversation + "?token=" + token);
  }
}
