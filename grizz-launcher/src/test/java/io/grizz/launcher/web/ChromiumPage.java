package io.grizz.launcher.web;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** One page in a headless Chromium with a profile of its own, driven over the DevTools protocol. */
final class ChromiumPage implements AutoCloseable, WebSocket.Listener {

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");
  private static final List<String> COMPLAINTS =
      List.of("Runtime.exceptionThrown", "Log.entryAdded");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final StringBuilder parts = new StringBuilder();
  private final Process chromium;
  private final WebSocket socket;

  ChromiumPage(Path profile) throws Exception {
    List<String> command = new ArrayList<>(List.of(installed().orElseThrow(), "--headless"));
    command.addAll(List.of("--no-first-run", "--disable-gpu", "--disable-background-networking"));
    command.addAll(List.of("--remote-debugging-port=0", "--user-data-dir=" + profile));
    if (System.getProperty("user.name").equals("root")) {
      command.add("--no-sandbox"); // its sandbox refuses to be root
    }
    chromium =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    Path port = profile.resolve("DevToolsActivePort");
    await().atMost(20, TimeUnit.SECONDS).until(() -> Files.exists(port) && Files.size(port) > 0);
    String first = Files.readAllLines(port).getFirst();
    socket = http.newWebSocketBuilder().buildAsync(target(first), this).join();
    for (String domain : List.of("Page", "Runtime", "Log")) {
      ask(domain + ".enable", Json.object());
    }
  }

  static Optional<String> installed() {
    return NAMES.stream().filter(ClientScriptTest::onPath).findFirst();
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

  @Override
  public void close() {
    socket.abort();
    http.close();
    chromium.descendants().forEach(ProcessHandle::destroyForcibly);
    chromium.destroyForcibly().onExit().join();
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

  private URI target(String port) throws IOException, InterruptedException {
    URI list = URI.create("http://127.0.0.1:" + port + "/json");
    JsonNode targets =
        Json.tree(
            "{\"all\":"
                + http.send(HttpRequest.newBuilder(list).build(), BodyHandlers.ofString()).body()
                + "}");
    return StreamSupport.stream(targets.path("all").spliterator(), false)
        .filter(it -> it.path("type").asText().equals("page"))
        .map(it -> URI.create(it.path("webSocketDebuggerUrl").asText()))
        .findFirst()
        .orElseThrow();
  }
}
