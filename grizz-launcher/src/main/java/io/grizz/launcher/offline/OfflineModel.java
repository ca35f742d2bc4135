package io.grizz.launcher.offline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grizz.json.Json;
import io.grizz.json.JsonFormatException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The server: {@code POST /v1/chat/completions}, streamed or whole, and {@code GET /v1/models}. */
public final class OfflineModel implements AutoCloseable {

  private static final Pattern TOKEN = Pattern.compile("\\s*\\S+|\\s+");

  /** A message {@code /fail 500} is answered with that status, {@code /fail cut} is cut off. */
  private static final Pattern FAIL = Pattern.compile("/fail (\\d{3}|cut)\\b.*", Pattern.DOTALL);

  private static final int LONGEST_BODY = 4 * 1024 * 1024;
  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int TOO_LARGE = 413;
  private static final int BACKLOG = 1024;

  private final OfflineConfig config;
  private final Listener listener;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** Hears of each token as it is sent. Called by the threads that answer; must return at once. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A token is sent.
     *
     * @param question the message that is answered
     * @param token its number, from 0
     */
    void said(String question, long token);
  }

  private OfflineModel(int port, OfflineConfig config, Listener listener) throws IOException {
    this.config = config;
    this.listener = listener;
    InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    server = HttpServer.create(here, BACKLOG);
    server.setExecutor(threads);
    server.createContext("/v1/chat/completions", this::complete);
    server.createContext("/v1/models", OfflineModel::models);
  }

  /** Starts on loopback; port 0 takes any free one. */
  public static OfflineModel start(int port, OfflineConfig config) throws IOException {
    return start(port, config, (question, token) -> {});
  }

  /** The same, which tells each token. */
  public static OfflineModel start(int port, OfflineConfig config, Listener listener)
      throws IOException {
    // why: a word a packet, and each at once
    System.setProperty("sun.net.httpserver.nodelay", "true");
    OfflineModel model = new OfflineModel(port, config, listener);
    model.server.start();
    return model;
  }

  /** What to set {@code model.url} to. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void complete(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(LONGEST_BODY + 1);
      if (body.length > LONGEST_BODY) {
        refuse(exchange, TOO_LARGE, "the body is too large");
        return;
      }
      JsonNode request;
      try {
        request = Json.tree(new String(body, StandardCharsets.UTF_8));
      } catch (JsonFormatException e) {
        refuse(exchange, BAD_REQUEST, "the body is no JSON");
        return;
      }
      JsonNode messages = request.path("messages");
      if (!messages.isArray() || messages.isEmpty()) {
        refuse(exchange, BAD_REQUEST, "messages must be a list that is not empty");
        return;
      }
      answer(exchange, request, messages);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(HttpExchange exchange, JsonNode request, JsonNode messages)
      throws IOException, InterruptedException {
    String question = messages.path(messages.size() - 1).path("content").asText("");
    int context = 0;
    for (int i = 0; i < messages.size() - 1; i++) {
      context += messages.path(i).path("role").asText("").equals("system") ? 0 : 1;
    }
    Matcher fail = FAIL.matcher(question);
    boolean cut = fail.matches() && fail.group(1).equals("cut");
    if (fail.matches() && !cut) {
      refuse(exchange, Integer.parseInt(fail.group(1)), "failing as asked");
      return;
    }
    String text = OfflineAnswer.to(question, context);
    String model = request.path("model").asText("offline");
    if (request.path("stream").asBoolean()) {
      stream(exchange, new Said(model, question, text), cut);
    } else {
      ObjectNode whole = chunk(model, "chat.completion");
      ObjectNode choice = whole.withArray("choices").addObject().put("finish_reason", "stop");
      choice.putObject("message").put("role", "assistant").put("content", text);
      usage(whole, question, text);
      send(exchange, OK, Json.write(whole));
    }
  }

  /** One answer, and to what. */
  private record Said(String model, String question, String text) {}

  private void stream(HttpExchange exchange, Said said, boolean cut)
      throws IOException, InterruptedException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(OK, 0);
    long start = System.nanoTime() + config.firstToken().toNanos();
    long each = (long) (TimeUnit.SECONDS.toNanos(1) / config.tokensPerSecond());
    try (OutputStream out = exchange.getResponseBody()) {
      Matcher token = TOKEN.matcher(said.text());
      for (long i = 0; token.find(); i++) {
        sleepUntil(start + i * each);
        ObjectNode chunk = chunk(said.model(), "chat.completion.chunk");
        ObjectNode choice = chunk.withArray("choices").addObject().put("index", 0);
        choice.putObject("delta").put("content", token.group());
        choice.putNull("finish_reason");
        listener.said(said.question(), i);
        event(out, Json.write(chunk));
        if (cut && i > 2) {
          return;
        }
      }
      ObjectNode end = chunk(said.model(), "chat.completion.chunk");
      ObjectNode choice = end.withArray("choices").addObject().put("index", 0);
      choice.putObject("delta");
      choice.put("finish_reason", "stop");
      event(out, Json.write(end));
      ObjectNode last = chunk(said.model(), "chat.completion.chunk");
      last.putArray("choices");
      usage(last, said.question(), said.text());
      event(out, Json.write(last));
      event(out, "[DONE]");
    }
  }

  private static void sleepUntil(long nanos) throws InterruptedException {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      Thread.sleep(Duration.ofNanos(left));
    }
  }

  private static void event(OutputStream out, String data) throws IOException {
    out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static ObjectNode chunk(String model, String object) {
    return Json.object().put("id", "offline").put("object", object).put("model", model);
  }

  private static void usage(ObjectNode chunk, String question, String text) {
    int asked = count(question);
    int answered = count(text);
    chunk
        .putObject("usage")
        .put("prompt_tokens", asked)
        .put("completion_tokens", answered)
        .put("total_tokens", asked + answered);
  }

  private static int count(String text) {
    return (int) TOKEN.matcher(text).results().count();
  }

  private static void models(HttpExchange exchange) throws IOException {
    try (exchange) {
      ObjectNode list = Json.object().put("object", "list");
      list.putArray("data").addObject().put("id", "offline").put("object", "model");
      boolean get = exchange.getRequestMethod().equals("GET");
      send(exchange, get ? OK : NOT_FOUND, Json.write(list));
    }
  }

  private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
    ObjectNode error = Json.object();
    error.putObject("error").put("message", why).put("type", "offline");
    send(exchange, status, Json.write(error));
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
