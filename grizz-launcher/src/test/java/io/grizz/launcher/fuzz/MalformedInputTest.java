package io.grizz.launcher.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.grizz.launcher.LogWatch;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.gateway.SharedGrizz;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Spoiled handshakes and frames, thousands of them: nothing is thrown that nobody catches, no
 * thread stays behind, and the server still serves. From {@code grizz.chaos.seed}.
 */
@ExtendWith(SharedGrizz.class)
@Isolated("counts threads")
class MalformedInputTest {

  private static final int FEW = 3_000;
  private static final int MANY = 100_000;
  private static final int FRAMES = 10;

  private static final List<String> TEXTS =
      List.of(
          "{\"t\":\"hello\",\"id\":\"1\",\"resume\":[{\"job\":\"x\",\"after\":-1}]}",
          "{\"t\":\"send\",\"id\":\"2\",\"msg\":\"0199\",\"text\":\"hi\",\"files\":[{}]}",
          "{\"t\":\"watch\",\"id\":\"3\",\"job\":\"0199\",\"log\":\"k3x\",\"after\":57}",
          "{\"t\":\"auth\",\"id\":\"4\",\"token\":\"x\"}",
          "{\"t\":\"ping\",\"ts\":1732380000000}",
          "[[[[]]]]",
          "");

  private final RunningGrizz grizz;
  private final long seed = Long.getLong("grizz.chaos.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);

  MalformedInputTest(RunningGrizz grizz) {
    this.grizz = grizz;
  }

  @Test
  void malformedInputHarmsNobody() throws IOException {
    attack(FEW);
  }

  @Tag("chaos")
  @Test
  void malformedInputHarmsNobody_whateverThereIsOfIt() throws IOException {
    attack(MANY);
  }

  private void attack(int inputs) throws IOException {
    int threads = Thread.activeCount();
    int connections = grizz.standing().connections();
    try (LogWatch log = LogWatch.from(Level.WARN)) {
      for (int sent = 0; sent < inputs; ) {
        sent += random.nextInt(3) == 0 ? handshake() : frames();
      }
      // why: the library's own lines about strangers' frames are switched off in the product
      assertThat(log.lines(Level.WARN).filter(it -> !it.startsWith("org.java_websocket")))
          .as("seed " + seed)
          .noneMatch(it -> it.contains("Exception") || it.contains("failed"));
    }
    await()
        .atMost(15, TimeUnit.SECONDS)
        .untilAsserted(() ->
            assertThat(Thread.activeCount()).as("seed " + seed).isLessThanOrEqualTo(threads + 5));
    // why: each has a virtual thread of its own, which is not among those counted above
    await()
        .atMost(15, TimeUnit.SECONDS)
        .untilAsserted(() ->
            assertThat(grizz.standing().connections())
                .as("seed " + seed)
                .isLessThanOrEqualTo(connections));
    assertThat(grizz.standing().outboxBytes()).as("seed " + seed).isZero();
    try (RawClient client = RawClient.connect(grizz.ws(), grizz.token(UUID.randomUUID()))) {
      client.send("{\"t\":\"ping\",\"ts\":1}");
      await().until(() -> !client.frames("pong").isEmpty());
    }
  }

  /** One spoiled handshake. */
  private int handshake() {
    byte[] bytes = RawSocket.handshake("Origin: http://localhost:" + grizz.port).getBytes(UTF_8);
    try (RawSocket socket = RawSocket.to(grizz.wsPort())) {
      socket.say(spoiled(bytes));
    } catch (IOException e) {
      // why: being hung up on is one of the right answers
      return 1;
    }
    return 1;
  }

  /** A connection that is let in, and then sends spoiled frames until it is thrown out. */
  private int frames() throws IOException {
    int sent = 0;
    try (RawSocket socket = letIn()) {
      while (sent < FRAMES) {
        sent++;
        byte[] text = TEXTS.get(random.nextInt(TEXTS.size())).getBytes(ISO_8859_1);
        int first = random.nextInt(4) == 0 ? random.nextInt(256) : 0x81;
        long claimed = random.nextInt(8) == 0 ? random.nextLong(1L << 40) : text.length;
        byte[] frame = RawSocket.frame(first, claimed, text);
        socket.say(random.nextBoolean() ? spoiled(frame) : frame);
      }
    } catch (IOException e) {
      // why: being hung up on is one of the right answers
      return Math.max(1, sent);
    }
    return sent;
  }

  /** Tries until it is let in: of too many within a second, the door turns some away. */
  private RawSocket letIn() {
    String token = "Authorization: Bearer " + grizz.token(UUID.randomUUID());
    AtomicReference<RawSocket> found = new AtomicReference<>();
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> {
          RawSocket socket = RawSocket.to(grizz.wsPort());
          found.set(socket);
          boolean in = socket.say(RawSocket.handshake(token)).head().startsWith("HTTP/1.1 101");
          if (!in) {
            socket.close();
          }
          return in;
        });
    return found.get();
  }

  /** Some bytes changed, and perhaps the rest cut off. */
  private byte[] spoiled(byte[] bytes) {
    byte[] copy = bytes.clone();
    for (int i = random.nextInt(1, 6); i > 0 && copy.length > 0; i--) {
      copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
    }
    int length = random.nextInt(4) == 0 ? random.nextInt(copy.length + 1) : copy.length;
    return Arrays.copyOf(copy, length);
  }
}
