package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.GatewayConfig.Delivery;
import io.grizz.launcher.gateway.TrackedSocket.Backlog;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.java_websocket.WebSocket;
import org.java_websocket.exceptions.WebsocketNotConnectedException;
import org.jspecify.annotations.Nullable;

/**
 * Frames on their way to one client, counted in bytes: the library takes any number of them and
 * keeps them all. Belongs to the connection's thread.
 *
 * <p>When a client falls behind, deltas are merged, if it understands that; then events are
 * dropped, and a snapshot is to follow; in the end it is too slow to be kept.
 */
final class Outbox {

  private static final int HANDED_OVER = 64 * 1024;

  private final WebSocket socket;
  private final Delivery limits;
  private final AtomicLong ofAll;
  private final Deque<Item> waiting = new ArrayDeque<>();
  private final Map<UUID, Item> lastOfJob = new HashMap<>();
  private long waitingBytes;
  private long handedOver;
  private long progressNanos = System.nanoTime();
  private Backlog backlog = Backlog.NONE;
  private boolean merges;

  /** One frame; {@code job} and {@code delta} only where it may be dropped and merged. */
  private static final class Item {
    private final @Nullable UUID job;
    private final boolean delta;
    private String frame;
    private int bytes;

    Item(@Nullable UUID job, boolean delta, String frame) {
      this.job = job;
      this.delta = delta;
      this.frame = frame;
      this.bytes = bytes(frame);
    }
  }

  /**
   * @param ofAll bytes that wait for all clients
   */
  Outbox(WebSocket socket, Delivery limits, AtomicLong ofAll) {
    this.socket = socket;
    this.limits = limits;
    this.ofAll = ofAll;
  }

  /** The client understands deltas that stand for several. */
  void mayMerge() {
    merges = true;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Whether there is room for a log, or a snapshot: the client takes what it gets. */
  boolean hasRoom() {
    return waitingBytes < limits.merge() && handedOver < HANDED_OVER;
  }

  /** Adds an answer to a request: it is never dropped. */
  void add(String frame) {
    append(new Item(null, false, frame));
    flush();
  }

  /**
   * Adds an event of a job.
   *
   * @return false when there was no room, and the job's other events were dropped as well
   */
  boolean add(UUID job, String type, String frame) {
    boolean snapshot = type.equals("snap");
    if (!snapshot && waitingBytes > dropAt()) {
      drop(job);
      return false;
    }
    boolean delta = type.equals("delta");
    Item before = lastOfJob.get(job);
    if (delta && merges && waitingBytes > limits.merge() && before != null && before.delta) {
      int grown = merge(before, frame);
      count(grown);
    } else {
      append(new Item(job, delta, frame));
    }
    flush();
    return true;
  }

  /** Hands over what the client can take. */
  void flush() {
    if (!socket.hasBufferedData()) {
      handedOver = 0;
      progressNanos = System.nanoTime();
    }
    while (!waiting.isEmpty() && handedOver < HANDED_OVER && socket.isOpen()) {
      Item next = waiting.remove();
      if (next.job != null) {
        lastOfJob.remove(next.job, next);
      }
      count(-next.bytes);
      handedOver += next.bytes;
      try {
        socket.send(next.frame);
      } catch (WebsocketNotConnectedException e) {
        // why: it may close between the look and the call; its connection is told of that next
        return;
      }
    }
  }

  /** Whether the client reads too slowly to be kept. */
  boolean overflowing(long now) {
    if (socket instanceof TrackedSocket tracked) {
      Backlog left = tracked.backlog();
      if (!left.equals(backlog)) {
        backlog = left;
        progressNanos = now;
      }
    }
    boolean stuck = socket.hasBufferedData() && now - progressNanos > limits.stuck().toNanos();
    boolean greedy = ofAll.get() > limits.total() && waitingBytes > limits.drop();
    return waitingBytes > limits.close() || stuck || greedy;
  }

  /** Nothing of this is sent any more. */
  void discard() {
    waiting.clear();
    lastOfJob.clear();
    count(-waitingBytes);
  }

  private int dropAt() {
    return ofAll.get() > limits.total() ? limits.merge() : limits.drop();
  }

  private void append(Item item) {
    waiting.add(item);
    count(item.bytes);
    if (item.job != null) {
      lastOfJob.put(item.job, item);
    }
  }

  private void drop(UUID job) {
    Set<Item> dropped = new HashSet<>();
    waiting.removeIf(item -> job.equals(item.job) && dropped.add(item));
    lastOfJob.remove(job);
    count(-dropped.stream().mapToLong(item -> item.bytes).sum());
  }

  /** Makes one delta of two that follow each other; {@code from} says where it begins. */
  private static int merge(Item before, String frame) {
    ObjectNode first = Json.fields(before.frame).object();
    ObjectNode second = Json.fields(frame).object();
    if (!first.has("from")) {
      first.set("from", first.path("seq"));
    }
    first.set("seq", second.path("seq"));
    first.put("d", first.path("d").asText() + second.path("d").asText());
    int old = before.bytes;
    before.frame = Json.write(first);
    before.bytes = bytes(before.frame);
    return before.bytes - old;
  }

  private void count(long bytes) {
    waitingBytes += bytes;
    ofAll.addAndGet(bytes);
  }

  /** The length of a text as it goes over the wire. */
  static int bytes(String text) {
    int bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // why: half of a pair is two of the four bytes that the pair takes
      bytes += c < 0x80 ? 0 : c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
    }
    return bytes;
  }
}
