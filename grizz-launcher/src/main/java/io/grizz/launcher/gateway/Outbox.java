package io.grizz.launcher.gateway;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.java_websocket.WebSocket;

/**
 * Frames on their way to one client, counted in bytes: the library takes any number of them and
 * keeps them all. Belongs to the connection's thread.
 */
final class Outbox {

  private static final int HANDED_OVER = 64 * 1024;
  private static final int MOST = 1024 * 1024;
  private static final Duration STUCK = Duration.ofSeconds(15);

  private final WebSocket socket;
  private final Deque<String> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private long handedOver;
  private long progressNanos = System.nanoTime();

  Outbox(WebSocket socket) {
    this.socket = socket;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  void add(String frame) {
    waiting.add(frame);
    waitingBytes += bytes(frame);
    flush();
  }

  /** Hands over what the client can take. */
  void flush() {
    if (!socket.hasBufferedData()) {
      handedOver = 0;
      progressNanos = System.nanoTime();
    }
    while (!waiting.isEmpty() && handedOver < HANDED_OVER && socket.isOpen()) {
      String frame = waiting.remove();
      int bytes = bytes(frame);
      waitingBytes -= bytes;
      handedOver += bytes;
      socket.send(frame);
    }
  }

  /** Whether the client reads too slowly to be kept. */
  boolean overflowing() {
    boolean stuck = !waiting.isEmpty() && System.nanoTime() - progressNanos > STUCK.toNanos();
    return waitingBytes > MOST || stuck;
  }

  private static int bytes(String frame) {
    return frame.getBytes(StandardCharsets.UTF_8).length;
  }
}
