package io.grizz.chat;

import io.grizz.api.ChatRecord;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.model.ChatRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What the model is asked: the system prompt, the recent conversation, the new message. */
final class Prompt {

  /** A message that names this model gets the configured one. */
  private static final String DEFAULT_MODEL = "default";

  private static final int MOST_FILES = 100;
  private static final int LONGEST_ANSWER = 1_000_000;
  private static final double HOTTEST = 2;

  private Prompt() {}

  /**
   * @param payload of the job, as the record made it
   * @param history oldest first
   */
  static ChatRequest of(String payload, List<ChatRecord.Message> history, ChatConfig config) {
    Fields job = Json.fields(payload);
    Fields request = job.fields("request");
    List<ChatRequest.Message> messages = new ArrayList<>();
    if (!config.systemPrompt().isEmpty()) {
      messages.add(new ChatRequest.Message("system", config.systemPrompt()));
    }
    for (ChatRecord.Message message : history) {
      messages.add(new ChatRequest.Message(message.role(), message.text()));
    }
    // why of the new message alone: addresses of older images may have run out, and a model that
    // cannot load one refuses everything
    List<String> images =
        request.list("files", MOST_FILES).stream().flatMap(it -> it.text("url").stream()).toList();
    messages.add(new ChatRequest.Message("user", job.text("text").orElseThrow(), images));
    String model = model(request.text("model").orElse(""), config);
    return new ChatRequest(model, messages, options(request.fields("opts")));
  }

  /** The model that is meant by the name in a message. */
  static String model(String named, ChatConfig config) {
    return named.isEmpty() || named.equals(DEFAULT_MODEL) ? config.model().name() : named;
  }

  private static ChatRequest.Options options(Fields opts) {
    OptionalDouble temperature = opts.number("temperature", 0, HOTTEST);
    OptionalLong most = opts.integer("max_output_tokens", 1, LONGEST_ANSWER);
    return new ChatRequest.Options(
        temperature, most.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) most.getAsLong()));
  }
}
