package io.grizz.launcher.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.java_websocket.WebSocket;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.protocols.Protocol;
import org.java_websocket.server.WebSocketServer;

/** A server that answers each frame as the test says, and remembers what it heard. */
final class ScriptedServer extends WebSocketServer implements AutoCloseable {

  private final BiConsumer<WebSocket, JsonNode> script;
  private final List<JsonNode> heard = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final CompletableFuture<Void> started = new CompletableFuture<>();

  private ScriptedServer(BiConsumer<WebSocket, JsonNode> script) {
    super(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        List.of(new Draft_6455(List.of(), List.of(new Protocol("grizz.v1")))));
    this.script = script;
    setReuseAddr(true);
    setDaemon(true);
  }

  static ScriptedServer of(BiConsumer<WebSocket, JsonNode> script) {
    ScriptedServer server = new ScriptedServer(script);
    server.start();
    server.started.join();
    return server;
  }

  /** Says a frame that is written with single quotes, and with a star for each value. */
  static void say(WebSocket to, String frame, Object... values) {
    String text = frame.replace('\'', '"');
    for (Object value : values) {
      text = text.replaceFirst("\\*", String.valueOf(value));
    }
    to.send(text);
  }

  URI uri() {
    return URI.create("ws://127.0.0.1:" + getPort() + "/v1/ws");
  }

  int connections() {
    return connections.get();
  }

  /** The types of all frames that came, in their order. */
  List<String> heard() {
    return heard.stream().map(it -> it.path("t").asText()).toList();
  }

  /** All frames of a type that came. */
  List<JsonNode> heard(String type) {
    return heard.stream().filter(it -> it.path("t").asText().equals(type)).toList();
  }

  @Override
  public void onMessage(WebSocket from, String text) {
    JsonNode frame = Json.tree(text);
    heard.add(frame);
    script.accept(from, frame);
  }

  @Override
  public void onOpen(WebSocket socket, ClientHandshake request) {
    connections.incrementAndGet();
  }

  @Override
  public void onMessage(WebSocket from, ByteBuffer bytes) {
    throw new IllegalStateException("not text");
  }

  @Override
  public void onClose(WebSocket socket, int code, String reason, boolean remote) {
    // why nothing: the test looks at the client
  }

  @Override
  public void onError(WebSocket socket, Exception e) {
    started.completeExceptionally(e);
  }

  @Override
  public void onStart() {
    started.complete(null);
  }

  @Override
  public void close() {
    try {
      stop(1_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
