package io.grizz.launcher.web;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One tab of a {@link Chromium}, driven over the DevTools protocol. */
final class ChromiumPage implements AutoCloseable, WebSocket.Listener {

  private static final List<String> COMPLAINTS =
      List.of("Runtime.exceptionThrown", "Log.entryAdded");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final StringBuilder parts = new StringBuilder();
  private final WebSocket socket;

  /**
   * @param target where the tab is driven
   */
  ChromiumPage(URI target) {
    socket = http.newWebSocketBuilder().buildAsync(target, this).join();
    for (String domain : List.of("Page", "Runtime", "Log")) {
      ask(domain + ".enable", Json.object());
    }
  }

  void open(URI address) {
    complaints.clear();
    ask("Page.navigate", Json.object().put("url", address.toString()));
  }

  void reload() {
    ask("Page.reload", Json.object());
  }

  /** What an expression comes to, as text. */
  String see(String expression) {
    ObjectNode wish = Json.object().put("expression", "String(" + expression + ")");
    return ask("Runtime.evaluate", wish.put("awaitPromise", true)).at("/result/value").asText();
  }

  void awaitTrue(String expression) {
    await()
        .atMost(20, TimeUnit.SECONDS)
        .pollInSameThread()
        .untilAsserted(() -> {
          if (!see(expression).equals("true")) {
            throw new AssertionError(
                expression + "; the page shows: " + see("document.body.innerText"));
          }
        });
  }

  /** Types into whatever has the focus. */
  void type(String text) {
    ask("Input.insertText", Json.object().put("text", text));
  }

  void press(String key, int code) {
    for (String type : List.of("keyDown", "keyUp")) {
      ObjectNode event = Json.object().put("type", type).put("key", key).put("code", key);
      event.put("windowsVirtualKeyCode", code);
      ask("Input.dispatchKeyEvent", key.equals("Enter") ? event.put("text", "\r") : event);
    }
  }

  /** Runs a script in every document before its own. */
  void first(String script) {
    ask("Page.addScriptToEvaluateOnNewDocument", Json.object().put("source", script));
  }

  void width(int pixels) {
    ObjectNode wish = Json.object().put("width", pixels).put("height", 740);
    ask(
        "Emulation.setDeviceMetricsOverride",
        wish.put("deviceScaleFactor", 1).put("mobile", pixels < 500));
  }

  void dark() {
    ObjectNode wish = Json.object();
    wish.putArray("features").addObject().put("name", "prefers-color-scheme").put("value", "dark");
    ask("Emulation.setEmulatedMedia", wish);
  }

  /** Exceptions and messages of the page's console, refusals by its content policy included. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
    parts.append(part);
    if (last) {
      hear(Json.tree(parts.toString()));
      parts.setLength(0);
    }
    from.request(1);
    return null;
  }

  /** Gives this tab the focus, which belongs to one of them. */
  void toFront() {
    ask("Page.bringToFront", Json.object());
  }

  @Override
  public void close() {
    if (!socket.isOutputClosed()) {
      socket.sendText("{\"id\":0,\"method\":\"Page.close\"}", true).join();
    }
    socket.abort();
    http.close();
  }

  private void hear(JsonNode message) {
    String method = message.path("method").asText();
    if (COMPLAINTS.contains(method)) {
      complaints.add(message.path("params").toString());
    }
    CompletableFuture<JsonNode> waiting = asked.remove(message.path("id").asInt());
    if (waiting != null) {
      waiting.complete(message.path("result"));
    }
  }

  private JsonNode ask(String method, ObjectNode params) {
    int id = ids.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    asked.put(id, answer);
    ObjectNode message = Json.object().put("id", id).put("method", method);
    message.set("params", params);
    socket.sendText(Json.write(message), true).join();
    return answer.orTimeout(20, TimeUnit.SECONDS).join();
  }
}
