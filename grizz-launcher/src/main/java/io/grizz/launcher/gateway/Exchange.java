package io.grizz.launcher.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.grizz.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** One request and its answer. */
final class Exchange {

  private static final int OK = 200;
  private static final int TOO_LARGE = 413;
  private static final int NO_CONTENT = 204;

  private final HttpExchange http;
  private final int longestBody;
  private final Peers.Peer peer;
  private final Set<TimedOutput> answers;

  /**
   * @param answers where what is written is watched
   */
  Exchange(HttpExchange http, int longestBody, Peers peers, Set<TimedOutput> answers) {
    this.http = http;
    this.answers = answers;
    this.longestBody = longestBody;
    this.peer = peers.of(http.getRemoteAddress(), this::header);
  }

  /** Who asks. */
  Peers.Peer peer() {
    return peer;
  }

  String method() {
    return http.getRequestMethod();
  }

  String path() {
    return http.getRequestURI().getPath();
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(http.getRequestHeaders().getFirst(name));
  }

  /** A parameter of the query. */
  Optional<String> query(String name) {
    String query = http.getRequestURI().getRawQuery();
    if (query == null) {
      return Optional.empty();
    }
    for (String pair : query.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      if (parts.length == 2 && parts[0].equals(name)) {
        return Optional.of(URLDecoder.decode(parts[1], UTF_8));
      }
    }
    return Optional.empty();
  }

  /** The body as text; one that is too long is refused, unread. */
  String body() throws IOException {
    String length = header("Content-Length").orElse("0");
    if (length.length() > 9 || Long.parseLong(length) > longestBody) {
      set("Connection", "close");
      throw new HttpProblem(TOO_LARGE, "too_large", "the body is too large");
    }
    byte[] body = http.getRequestBody().readNBytes(longestBody + 1);
    if (body.length > longestBody) {
      throw new HttpProblem(TOO_LARGE, "too_large", "the body is too large");
    }
    return new String(body, UTF_8);
  }

  void set(String header, String value) {
    http.getResponseHeaders().set(header, value);
  }

  /** Says when trying again makes sense, in whole seconds. */
  void retryAfter(Duration after) {
    set("Retry-After", String.valueOf(Math.max(1, Math.ceilDiv(after.toMillis(), 1_000))));
  }

  void json(int status, JsonNode value) throws IOException {
    send(status, "application/json", Json.write(value).getBytes(UTF_8));
  }

  /** Numbers, in the text form of Prometheus. */
  void metrics(Supplier<String> text) throws IOException {
    send(OK, "text/plain; version=0.0.4; charset=utf-8", text.get().getBytes(UTF_8));
  }

  void problem(HttpProblem problem) throws IOException {
    ObjectNode body =
        Json.object()
            .put("type", "about:blank")
            .put("title", problem.getMessage())
            .put("status", problem.status())
            .put("code", problem.code());
    send(problem.status(), "application/problem+json", Json.write(body).getBytes(UTF_8));
  }

  void empty() throws IOException {
    http.sendResponseHeaders(NO_CONTENT, -1);
  }

  /** Writes an answer's body. */
  @FunctionalInterface
  interface Body {
    void to(OutputStream out) throws IOException;
  }

  /** Answers with any number of bytes; what is written goes out when it is flushed. */
  void stream(String type, Body body) throws IOException {
    set("Content-Type", type);
    http.sendResponseHeaders(OK, 0);
    write(body);
  }

  void send(int status, String type, byte[] body) throws IOException {
    set("Content-Type", type);
    boolean bare = method().equals("HEAD");
    http.sendResponseHeaders(status, bare || body.length == 0 ? -1 : body.length);
    if (!bare && body.length > 0) {
      write(out -> out.write(body));
    }
  }

  // why closed here: closing the exchange first would wait for a body that nobody reads
  private void write(Body body) throws IOException {
    TimedOutput timed = new TimedOutput(http.getResponseBody());
    answers.add(timed);
    try (timed) {
      body.to(timed);
    } finally {
      answers.remove(timed);
    }
  }
}
