package io.grizz.launcher.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.launcher.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes before the first frame, and bytes that are no frames at all. */
class HandshakeTest {

  private static final int PATIENCE_MILLIS = 8_000;
  private static final int OWN_LIMIT = 5;

  private static RunningGrizz running;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningGrizz(400);
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://evil.example", "http://localhost:1", "null", "http://localhost"})
  void pageFromElsewhereIsRefused(String origin) throws IOException {
    assertThat(answer(handshake("Origin: " + origin))).startsWith("HTTP/1.1 404");
  }

  @Test
  void pageOfOursIsLetIn() throws IOException {
    for (String host : List.of("localhost", "127.0.0.1", "[::1]")) {
      assertThat(answer(handshake("Origin: http://" + host + ":" + running.port)))
          .startsWith("HTTP/1.1 101");
    }
  }

  @Test
  void withoutOriginOnlyATokenInTheHeaderIsLetIn() throws IOException {
    assertThat(answer(handshake(""))).startsWith("HTTP/1.1 404");
    String token = running.token(UUID.randomUUID());
    String answer = answer(handshake("Authorization: Bearer " + token));
    assertThat(answer).startsWith("HTTP/1.1 101").doesNotContain(token);
  }

  @Test
  void tokenAmongTheProtocolsIsNotEchoed() throws IOException {
    String token = running.token(UUID.randomUUID());
    String answer =
        answer(handshake(local() + "\r\nSec-WebSocket-Protocol: grizz.v1, bearer." + token));
    assertThat(answer)
        .startsWith("HTTP/1.1 101")
        .contains("Sec-WebSocket-Protocol: grizz.v1\r\n")
        .doesNotContain(token);
  }

  @Test
  void compressionIsNeverAgreedTo() throws IOException {
    String answer = answer(handshake(local() + "\r\nSec-WebSocket-Extensions: permessage-deflate"));
    assertThat(answer).startsWith("HTTP/1.1 101").doesNotContainIgnoringCase("extensions");
  }

  @Test
  void otherPathIsRefused() throws IOException {
    assertThat(answer(handshake(local()).replace("/v1/ws", "/v2/ws"))).startsWith("HTTP/1.1 404");
  }

  @Test
  void socketThatSaysNothingOrTooLittleIsClosedWithinSeconds() throws IOException {
    try (Socket silent = socket();
        Socket slow = socket()) {
      slow.getOutputStream().write("GET /v1/ws HTTP/1.1\r\nHost: a".getBytes(ISO_8859_1));
      assertThat(read(silent)).isEmpty();
      assertThat(read(slow)).isEmpty();
    }
  }

  @Test
  void endlessHeaderIsCutOff() throws IOException {
    try (Socket socket = socket()) {
      long began = System.nanoTime();
      String header = "GET /v1/ws HTTP/1.1\r\nX-Long: " + "a".repeat(17 * 1024);
      socket.getOutputStream().write(header.getBytes(ISO_8859_1));
      assertThat(read(socket)).isEmpty();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
    }
  }

  @Test
  void unknownProtocolAloneIsClosedAsAnotherVersion() throws IOException {
    assertThat(closeCode(local() + "\r\nSec-WebSocket-Protocol: grizz.v9", new byte[0]))
        .isEqualTo(Close.VERSION.code());
  }

  @Test
  void badTokenIsClosedWithItsOwnCode() throws IOException {
    assertThat(closeCode("Authorization: Bearer no.good.token", new byte[0]))
        .isEqualTo(Close.INVALID_TOKEN.code());
    assertThat(closeCode(local() + "\r\nSec-WebSocket-Protocol: grizz.v1, bearer.x", new byte[0]))
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

  @Test
  void framesThatAreNotTextAreClosedByTheirCode() throws IOException {
    assertThat(closeCode(local(), masked(0x82, 3, "abc"))).isEqualTo(1003);
    assertThat(closeCode(local(), masked(0x81, 2, "\u00c3("))).isEqualTo(1007);
    assertThat(closeCode(local(), large(0x81, 65_537))).isEqualTo(1009);
    assertThat(closeCode(local(), large(0x81, 2_147_483_647L))).isEqualTo(1009);
  }

  @Test
  void oneConnectionTooManyIsClosedAndTheServerGoesOn() {
    UUID user = UUID.randomUUID();
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < OWN_LIMIT; i++) {
      clients.add(RawClient.connect(running.ws(), running.token(user)));
    }
    clients.forEach(client -> await().until(() -> !client.frames("welcome").isEmpty()));
    try (RawClient one = RawClient.silent(running.ws(), running.token(user))) {
      assertThat(one.closeCode()).isEqualTo(Close.TOO_MANY.code());
    }
    clients.removeFirst().close();
    await()
        .atMost(5, TimeUnit.SECONDS)
        .ignoreExceptions()
        .until(() -> {
          RawClient again = RawClient.connect(running.ws(), running.token(user));
          clients.add(again);
          await().atMost(1, TimeUnit.SECONDS).until(() -> !again.frames("welcome").isEmpty());
          return true;
        });
    clients.forEach(RawClient::close);
  }

  private static String local() {
    return "Origin: http://localhost:" + running.port;
  }

  private static String handshake(String headers) {
    return "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + (headers.isEmpty() ? "" : headers + "\r\n")
        + "\r\n";
  }

  private static Socket socket() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), running.port + 1);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** The head of the answer to a request. */
  private static String answer(String request) throws IOException {
    try (Socket socket = socket()) {
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      return head(socket.getInputStream());
    }
  }

  /** Shakes hands, sends bytes, and reads up to the close frame. */
  private static int closeCode(String headers, byte[] bytes) throws IOException {
    try (Socket socket = socket()) {
      socket.getOutputStream().write(handshake(headers).getBytes(ISO_8859_1));
      InputStream in = socket.getInputStream();
      assertThat(head(in)).startsWith("HTTP/1.1 101");
      socket.getOutputStream().write(bytes);
      while (true) {
        int opcode = in.read() & 0x0f;
        byte[] payload = in.readNBytes(in.read());
        if (opcode == 8) {
          return ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
        }
      }
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    for (int b = in.read(); b >= 0; b = in.read()) {
      head.append((char) b);
      if (head.toString().endsWith("\r\n\r\n")) {
        break;
      }
    }
    return head.toString();
  }

  private static String read(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
  }

  /** A frame under a mask of zeros. */
  private static byte[] masked(int first, int length, String payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(first);
    frame.write(0x80 | length);
    frame.writeBytes(new byte[4]);
    frame.writeBytes(payload.getBytes(ISO_8859_1));
    return frame.toByteArray();
  }

  /** A frame that claims to be long, and brings ten bytes. */
  private static byte[] large(int first, long length) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(first);
    frame.write(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      frame.write((int) (length >> shift) & 0xff);
    }
    frame.writeBytes(new byte[14]);
    return frame.toByteArray();
  }
}
