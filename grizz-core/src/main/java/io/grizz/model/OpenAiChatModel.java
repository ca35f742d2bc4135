package io.grizz.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Json;
import io.grizz.json.JsonFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** A {@link ChatModel} behind the OpenAI chat-completions protocol. */
public final class OpenAiChatModel implements ChatModel {

  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int LONGEST_ERROR = 64 * 1024;

  private final ModelConfig config;
  private final URI endpoint;
  private final Watchdog watchdog = new Watchdog();
  private @Nullable HttpClient http;
  private boolean closed;

  private OpenAiChatModel(ModelConfig config) {
    this.config = config;
    this.endpoint = URI.create(config.uri().toString().replaceAll("/+$", "") + "/chat/completions");
  }

  /** Made by the first call: TLS, which it brings along, would be a tenth of a worker's start. */
  private synchronized HttpClient http() {
    if (closed) {
      throw new IllegalStateException("this model is closed");
    }
    if (http == null) {
      http = client(config);
    }
    return http;
  }

  private static HttpClient client(ModelConfig config) {
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(config.patience().connect())
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(Executors.newVirtualThreadPerTaskExecutor());
    if (config.uri().getScheme().equals("http")) {
      client.sslContext(trustingNobody());
    }
    return client.build();
  }

  /** For plain HTTP, whose client wants one all the same: the usual one reads 140 certificates. */
  private static SSLContext trustingNobody() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }

  /** Opens a client; connects with the first call. */
  public static OpenAiChatModel open(ModelConfig config) {
    OpenAiChatModel model = new OpenAiChatModel(config);
    model.watchdog.start();
    return model;
  }

  @Override
  public Completion stream(ChatRequest request, Sink sink)
      throws ModelException, InterruptedException {
    long started = System.nanoTime();
    HttpResponse<InputStream> response = send(request, true);
    if (response.statusCode() == BAD_REQUEST) {
      String error = errorText(response, started);
      if (!error.contains("stream_options")) {
        throw rejected(response, error);
      }
      // why: some servers know the protocol without this field
      response = send(request, false);
    }
    if (response.statusCode() != OK) {
      throw rejected(response, errorText(response, started));
    }
    Answer answer = new Answer(request, sink, started);
    try (Watchdog.Watch watch = watchdog.watch(response.body(), config.patience(), started)) {
      try {
        return answer.read(new EventStream(response.body()), watch);
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        Failure failure = watch.failure().orElse(Failure.BROKEN_OFF);
        throw new ModelException(failure, "the stream ended early: " + failure);
      }
    }
  }

  @Override
  public void close() {
    watchdog.close();
    synchronized (this) {
      closed = true;
      if (http != null) {
        http.shutdownNow();
      }
    }
  }

  private HttpResponse<InputStream> send(ChatRequest request, boolean withUsage)
      throws ModelException, InterruptedException {
    Body body = new Body();
    CompletableFuture<HttpResponse<InputStream>> answer =
        http().sendAsync(call(request, withUsage), body);
    try {
      return answer.get(config.patience().firstToken().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      giveUp(answer, body);
      throw e;
    } catch (TimeoutException e) {
      giveUp(answer, body);
      throw new ModelException(Failure.NO_FIRST_TOKEN, "no answer in time");
    } catch (ExecutionException e) {
      throw unreachable(e);
    }
  }

  /**
   * Without the JDK's own timeout: from version 26 on it covers the body, and cuts long answers.
   */
  HttpRequest call(ChatRequest request, boolean withUsage) {
    HttpRequest.Builder call =
        HttpRequest.newBuilder(endpoint)
            .header("Content-Type", "application/json")
            .header("Accept", "text/event-stream")
            .POST(HttpRequest.BodyPublishers.ofString(Json.write(body(request, withUsage))));
    config.key().ifPresent(key -> call.header("Authorization", "Bearer " + key));
    return call.build();
  }

  /** Closes the connection, also of an answer that begins in this very moment. */
  private static void giveUp(CompletableFuture<?> answer, Body body) {
    answer.cancel(true);
    body.abandon();
  }

  private static ModelException unreachable(ExecutionException e) {
    return switch (e.getCause()) {
      case HttpConnectTimeoutException late ->
          new ModelException(Failure.UNREACHABLE, "the model cannot be reached in time");
      case IOException broken ->
          new ModelException(Failure.UNREACHABLE, "the model cannot be reached");
      case null, default -> throw new IllegalStateException("the call failed", e.getCause());
    };
  }

  private static ObjectNode body(ChatRequest request, boolean withUsage) {
    ObjectNode body = Json.object().put("model", request.model()).put("stream", true);
    ArrayNode messages = body.putArray("messages");
    for (ChatRequest.Message message : request.messages()) {
      ObjectNode each = messages.addObject().put("role", message.role());
      if (message.images().isEmpty()) {
        each.put("content", message.content());
      } else {
        parts(each.putArray("content"), message);
      }
    }
    request.options().temperature().ifPresent(it -> body.put("temperature", it));
    request.options().maxOutputTokens().ifPresent(it -> body.put("max_tokens", it));
    if (withUsage) {
      body.putObject("stream_options").put("include_usage", true);
    }
    return body;
  }

  private static void parts(ArrayNode parts, ChatRequest.Message message) {
    parts.addObject().put("type", "text").put("text", message.content());
    for (String image : message.images()) {
      parts.addObject().put("type", "image_url").putObject("image_url").put("url", image);
    }
  }

  private static ModelException rejected(HttpResponse<?> response, String text) {
    int status = response.statusCode();
    Failure failure = Failure.of(status, errorName(text));
    return new ModelException(
        failure, "the model answered " + status, RetryAfter.of(response.headers()));
  }

  /** What the error says; empty when that does not come in time: then its status must do. */
  private String errorText(HttpResponse<InputStream> response, long started)
      throws InterruptedException {
    InputStream body = response.body();
    try (Watchdog.Watch watch = watchdog.watch(body, config.patience(), started)) {
      String text = new String(body.readNBytes(LONGEST_ERROR), StandardCharsets.UTF_8);
      return watch.failure().isPresent() ? "" : text;
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return "";
    }
  }

  private static String errorName(String text) {
    try {
      return errorName(Json.tree(text));
    } catch (JsonFormatException e) {
      return "";
    }
  }

  /** The code or type of an error object; empty when there is none. */
  static String errorName(JsonNode tree) {
    JsonNode error = tree.path("error");
    return error.path("code").asText("") + " " + error.path("type").asText("");
  }
}
