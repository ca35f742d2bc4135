package io.grizz.launcher.fire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.launcher.RawSocket;
import java.io.IOException;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client written after the protocol alone: reads one answer over as many connections as it takes,
 * to whichever web process there is. One of each answer's readers also sends the message.
 */
final class FireReader {

  private static final Set<String> ENDS = Set.of("done", "failed", "cancelled");
  private static final long PAUSE_MILLIS = 200;

  private final IntSupplier port;
  private final String token;
  private final CompletableFuture<UUID> job;
  private final Optional<String> message;
  private final CountDownLatch failed;
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final StringBuilder text = new StringBuilder();
  private volatile @Nullable RawSocket socket;
  private String log = "";
  private long last;
  private boolean endsNext;
  private String end = "";
  private int connections;

  /**
   * @param port of a web process, another one each time
   * @param job completed by whoever sends
   * @param message the frame that asks for the answer; empty for a mere reader
   * @param failed opens when any reader has failed: then none goes on
   */
  FireReader(
      IntSupplier port,
      String token,
      CompletableFuture<UUID> job,
      Optional<String> message,
      CountDownLatch failed) {
    this.port = port;
    this.token = token;
    this.job = job;
    this.message = message;
    this.failed = failed;
  }

  String text() {
    return text.toString();
  }

  /** The event that ended the answer. */
  String end() {
    return end;
  }

  int connections() {
    return connections;
  }

  /** What should not have been heard. */
  Queue<String> faults() {
    return faults;
  }

  /** Cuts the connection, as a network does. From any thread. */
  void cut() {
    RawSocket open = socket;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        faults.add("a socket cannot be closed: " + e);
      }
    }
  }

  /** Reads to the end. */
  FireReader read() throws InterruptedException {
    if (message.isEmpty()) {
      job.join();
    }
    while (end.isEmpty()) {
      try (RawSocket open = RawSocket.to(port.getAsInt())) {
        socket = open;
        connections++;
        greet(open);
        while (end.isEmpty()) {
          apply(open, Json.fields(open.text()));
        }
        linger(open);
      } catch (IOException e) {
        if (failed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
          throw new IllegalStateException("another reader has failed", e);
        }
      }
    }
    return this;
  }

  private void greet(RawSocket open) throws IOException {
    open.say(RawSocket.handshake("Authorization: Bearer " + token));
    if (!open.head().startsWith("HTTP/1.1 101")) {
      throw new IOException("refused");
    }
    ObjectNode hello = Json.object().put("t", "hello").put("id", "hello");
    if (job.isDone()) {
      place(hello.putArray("resume").addObject());
    }
    open.send(Json.write(hello));
    if (!job.isDone()) {
      open.send(message.orElseThrow());
    }
  }

  /** After the end, until the server has answered something sent later: nothing more may come. */
  private void linger(RawSocket open) throws IOException {
    open.send("{\"t\":\"ping\",\"ts\":7}");
    while (true) {
      Fields frame = Json.fields(open.text());
      if (frame.text("t").orElse("").equals("pong")) {
        return;
      }
      if (frame.uuid("job").isPresent()) {
        faults.add("after the end: " + frame.object());
      }
    }
  }

  private void apply(RawSocket open, Fields frame) throws IOException {
    String type = frame.text("t").orElse("");
    switch (type) {
      case "ok" -> frame.uuid("job").ifPresent(job::complete);
      case "err" -> refused(frame);
      case "welcome" -> {
        if (job.isDone() && frame.list("resumed", 1).isEmpty()) {
          watch(open);
        }
      }
      case "bye", "auth_soon", "pong" -> {}
      default -> event(open, type, frame);
    }
  }

  private void refused(Fields err) throws IOException {
    if (!err.object().path("retryable").asBoolean()) {
      faults.add("refused: " + err.object());
    }
    throw new IOException("try again");
  }

  private void event(RawSocket open, String type, Fields frame) throws IOException {
    if (!frame.uuid("job").map(job.join()::equals).orElse(false)) {
      faults.add("not ours: " + frame.object());
      return;
    }
    long seq = frame.integer("seq", 0, Long.MAX_VALUE).orElse(0);
    if (type.equals("snap")) {
      text.setLength(0);
      text.append(frame.text("text").orElse(""));
      log = frame.text("log").orElse(log);
      last = seq;
      endsNext = ENDS.contains(frame.text("state").orElse(""));
    } else if (ENDS.contains(type) && (endsNext || seq == last + 1)) {
      end = Json.write(frame.object());
    } else if (seq > last + 1) {
      watch(open);
    } else if (seq == last + 1) {
      next(open, type, frame);
    }
  }

  private void next(RawSocket open, String type, Fields frame) throws IOException {
    if (type.equals("reset")) {
      text.setLength(0);
    } else if (type.equals("delta")) {
      if (frame.integer("off", 0, Long.MAX_VALUE).orElse(-1) != text.length()) {
        faults.add("off is not " + text.length() + ": " + frame.object());
        watch(open);
        return;
      }
      text.append(frame.text("d").orElse(""));
    }
    last++;
  }

  private void watch(RawSocket open) throws IOException {
    open.send(Json.write(place(Json.object().put("t", "watch").put("id", "watch"))));
  }

  private ObjectNode place(ObjectNode frame) {
    return frame.put("job", job.join().toString()).put("log", log).put("after", last);
  }
}
