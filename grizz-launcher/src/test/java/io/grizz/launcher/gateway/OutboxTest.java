package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.chat.Frames;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.GatewayConfig.Delivery;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.java_websocket.WebSocket;
import org.junit.jupiter.api.Test;

/** What waits for a client that reads slowly, told on a socket that takes what the test says. */
class OutboxTest {

  private static final UUID JOB = UUID.randomUUID();
  private static final Delivery LIMITS =
      new Delivery(1_000, 4_000, 100_000, 1 << 20, Duration.ofSeconds(15), Duration.ZERO);

  /** What the library hands over at most before it has written it. */
  private static final int HANDED_OVER = 64 * 1024;

  private final List<String> sent = new ArrayList<>();
  private boolean stalled;
  private final AtomicLong ofAll = new AtomicLong();
  private final Outbox outbox = new Outbox(socket(), LIMITS, ofAll);
  private long seq;
  private long off;

  @Test
  void nothingWaitsForAClientThatReads() {
    assertThat(delta("a")).isTrue();
    assertThat(sent).hasSize(1);
    assertThat(outbox.isEmpty()).isTrue();
    assertThat(ofAll).hasValue(0);
  }

  @Test
  void deltasOfASlowClientAreMergedIfItUnderstandsThat() {
    stall();
    outbox.mayMerge();
    for (int i = 0; i < 200; i++) {
      assertThat(delta("é" + i)).isTrue();
    }
    assertThat(ofAll.get()).isLessThan(LIMITS.drop());
    int before = sent.size();
    resume();
    List<JsonNode> frames = sent.subList(before, sent.size()).stream().map(Json::tree).toList();
    assertThat(frames).hasSizeLessThan(20);
    long last = 0;
    StringBuilder text = new StringBuilder();
    for (JsonNode frame : frames) {
      assertThat(frame.path("from").asLong(frame.path("seq").asLong())).isEqualTo(last + 1);
      assertThat(frame.path("off").asInt()).isEqualTo(text.length());
      text.append(frame.path("d").asText());
      last = frame.path("seq").asLong();
    }
    assertThat(last).isEqualTo(200);
    assertThat(text).startsWith("é0é1é2").endsWith("é199");
    assertThat(ofAll).hasValue(0);
  }

  @Test
  void eventsAreDroppedInTheEndAndAnswersAreNot() {
    stall();
    outbox.add("{\"t\":\"ok\"}");
    boolean kept = true;
    while (kept) {
      kept = delta("x".repeat(50));
    }
    assertThat(outbox.hasRoom()).as("room for a snapshot that nobody takes").isFalse();
    int before = sent.size();
    resume();
    assertThat(sent.subList(before, sent.size())).containsExactly("{\"t\":\"ok\"}");
    assertThat(outbox.hasRoom()).isTrue();
  }

  @Test
  void clientThatTakesNothingIsTooSlow() {
    stall();
    assertThat(outbox.overflowing(System.nanoTime())).isFalse();
    assertThat(outbox.overflowing(System.nanoTime() + Duration.ofSeconds(16).toNanos())).isTrue();
    outbox.add("x".repeat(LIMITS.close() + 1));
    assertThat(outbox.overflowing(System.nanoTime())).isTrue();
    outbox.discard();
    assertThat(ofAll).hasValue(0);
  }

  @Test
  void slowOnesGoEarlierWhenTooMuchWaitsForAll() {
    stall();
    outbox.add("x".repeat(LIMITS.drop() + 1));
    assertThat(outbox.overflowing(System.nanoTime())).isFalse();
    ofAll.addAndGet(LIMITS.total());
    assertThat(outbox.overflowing(System.nanoTime())).isTrue();
  }

  private boolean delta(String text) {
    String frame = Frames.delta(JOB, ++seq, off, text);
    off += text.length();
    return outbox.add(JOB, "delta", frame);
  }

  /** The client stops reading, with the library full. */
  private void stall() {
    stalled = true;
    outbox.add("x".repeat(HANDED_OVER));
  }

  private void resume() {
    stalled = false;
    outbox.flush();
  }

  private WebSocket socket() {
    return (WebSocket)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {WebSocket.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "hasBufferedData" -> stalled;
                  case "isOpen" -> true;
                  case "send" -> {
                    sent.add(String.valueOf(arguments[0]));
                    yield null;
                  }
                  default -> throw new IllegalStateException(method.getName());
                });
  }
}
