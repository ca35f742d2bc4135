package io.grizz.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A WebSocket and all frames that came over it, without any of Grizz's own client. */
public final class RawClient implements AutoCloseable, WebSocket.Listener {

  private static final Set<String> ENDS = Set.of("done", "failed", "cancelled");

  private static final int LOST = 1006;

  private final List<JsonNode> frames = new CopyOnWriteArrayList<>();
  private final StringBuilder parts = new StringBuilder();
  private final AtomicReference<String> text = new AtomicReference<>("");
  private final HttpClient http = HttpClient.newHttpClient();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final WebSocket socket;

  private RawClient(URI uri, String token) {
    WebSocket.Builder builder = http.newWebSocketBuilder().subprotocols("grizz.v1");
    if (token.isEmpty()) {
      builder.header("Origin", "http://localhost:" + (uri.getPort() - 1));
    } else {
      builder.header("Authorization", "Bearer " + token);
    }
    socket = builder.buildAsync(uri, this).join();
  }

  /** Connects and says hello. */
  public static RawClient connect(URI uri, String token) {
    RawClient client = new RawClient(uri, token);
    client.send("{\"t\":\"hello\",\"id\":\"0\"}");
    return client;
  }

  /** Connects and says nothing; an empty token is not sent. */
  public static RawClient silent(URI uri, String token) {
    return new RawClient(uri, token);
  }

  public synchronized void send(String frame) {
    socket.sendText(frame, true).join();
  }

  /** What a client shows: deltas since the last reset. */
  public String text() {
    return text.get();
  }

  /** Sends one frame and waits for what the server answers to it. */
  public JsonNode ask(String id, String frame) {
    send(frame);
    return Awaitility.await()
        .until(
            () -> frames.stream().filter(it -> it.path("re").asText().equals(id)).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  /** Every frame so far. */
  public List<JsonNode> frames() {
    return List.copyOf(frames);
  }

  /** The code with which the server closes. */
  public int closeCode() {
    return closed.orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** The code with which the server has closed; empty while it has not. */
  public Optional<Integer> closed() {
    return Optional.ofNullable(closed.getNow(null));
  }

  public List<JsonNode> frames(String type) {
    return frames.stream().filter(each -> each.path("t").asText().equals(type)).toList();
  }

  public long ends() {
    return frames.stream().filter(each -> ENDS.contains(each.path("t").asText())).count();
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
    parts.append(part);
    if (last) {
      apply(Json.tree(parts.toString()));
      parts.setLength(0);
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(code);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.complete(LOST);
  }

  @Override
  public void close() {
    socket.abort();
    http.close();
  }

  private void apply(JsonNode frame) {
    String type = frame.path("t").asText();
    if (type.equals("delta")) {
      text.accumulateAndGet(frame.path("d").asText(), String::concat);
    } else if (type.equals("reset")) {
      text.set("");
    } else if (type.equals("snap")) {
      text.set(frame.path("text").asText());
    }
    frames.add(frame);
  }
}
