package io.grizz.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A WebSocket and all frames that came over it, without any of Grizz's own client. */
final class RawClient implements AutoCloseable, WebSocket.Listener {

  private static final Set<String> ENDS = Set.of("done", "failed", "cancelled");

  private final List<JsonNode> frames = new CopyOnWriteArrayList<>();
  private final StringBuilder parts = new StringBuilder();
  private final AtomicReference<String> text = new AtomicReference<>("");
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;

  private RawClient(URI uri, String token) {
    socket =
        http.newWebSocketBuilder()
            .subprotocols("grizz.v1")
            .header("Authorization", "Bearer " + token)
            .buildAsync(uri, this)
            .join();
  }

  static RawClient connect(URI uri, String token) {
    RawClient client = new RawClient(uri, token);
    client.send("{\"t\":\"hello\",\"id\":\"0\"}");
    return client;
  }

  void send(String frame) {
    socket.sendText(frame, true).join();
  }

  /** What a client shows: deltas since the last reset. */
  String text() {
    return text.get();
  }

  List<JsonNode> frames(String type) {
    return frames.stream().filter(each -> each.path("t").asText().equals(type)).toList();
  }

  long ends() {
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
