package io.grizz.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import io.grizz.json.JsonFormatException;
import io.grizz.model.ChatModel.Sink;
import io.grizz.model.Completion.Tokens;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One answer as it arrives. It is complete when the model said why it ended: a stream that just
 * ends was cut off.
 */
final class Answer {

  private static final String DONE = "[DONE]";
  private static final String FILTERED = "content_filter";

  private final ChatRequest request;
  private final Sink sink;
  private final long startedNanos;
  private String model;
  private String finish = "";
  private int length;
  private long firstNanos;
  private @Nullable Tokens tokens;

  Answer(ChatRequest request, Sink sink, long startedNanos) {
    this.request = request;
    this.sink = sink;
    this.startedNanos = startedNanos;
    this.model = request.model();
  }

  Completion read(EventStream events, Watchdog.Watch watch) throws IOException, ModelException {
    try {
      follow(events, watch);
    } catch (IOException e) {
      // why: with its reason the answer is whole, and must not be paid for again
      if (finish.isEmpty()) {
        throw e;
      }
    }
    if (finish.isEmpty()) {
      throw new ModelException(Failure.TRUNCATED, "the stream ended without a reason");
    }
    if (finish.equals(FILTERED)) {
      throw new ModelException(Failure.FILTERED, "the provider withheld the answer");
    }
    Tokens used = tokens == null ? Tokens.estimate(request, length) : tokens;
    return new Completion(model, finish, used, since(firstNanos), since(System.nanoTime()));
  }

  private void follow(EventStream events, Watchdog.Watch watch) throws IOException, ModelException {
    for (String data = events.next(); data != null && !data.equals(DONE); data = events.next()) {
      watch.alive();
      take(tree(data), watch);
    }
    if (watch.failure().isPresent()) {
      throw new IOException("closed by the watchdog");
    }
  }

  private void take(JsonNode chunk, Watchdog.Watch watch) throws ModelException {
    if (chunk.hasNonNull("error")) {
      // why: the status was 200 long ago, so only the error's name can tell
      Failure failure = Failure.of(500, OpenAiChatModel.errorName(chunk));
      throw new ModelException(failure, "the model reported an error in its stream");
    }
    model = chunk.path("model").asText(model);
    JsonNode choice = chunk.path("choices").path(0);
    String text = choice.path("delta").path("content").asText("");
    if (!text.isEmpty()) {
      if (length == 0) {
        firstNanos = System.nanoTime();
      }
      watch.begun();
      length += text.length();
      sink.text(text);
    }
    finish = choice.path("finish_reason").asText(finish).replace("null", "");
    if (chunk.path("usage").isObject()) {
      tokens = tokens(chunk.path("usage"));
    }
  }

  private static Tokens tokens(JsonNode usage) {
    return new Tokens(
        usage.path("prompt_tokens").asInt(),
        usage.path("completion_tokens").asInt(),
        usage.path("prompt_tokens_details").path("cached_tokens").asInt(),
        usage.path("completion_tokens_details").path("reasoning_tokens").asInt(),
        false);
  }

  private static JsonNode tree(String data) throws ModelException {
    try {
      return Json.tree(data);
    } catch (JsonFormatException e) {
      throw new ModelException(Failure.GARBLED, "the stream holds text that is not JSON");
    }
  }

  private Duration since(long nanos) {
    return nanos == 0 ? Duration.ZERO : Duration.ofNanos(nanos - startedNanos);
  }
}
