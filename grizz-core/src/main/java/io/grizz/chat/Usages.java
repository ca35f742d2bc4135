package io.grizz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.Quote;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.json.Json;
import io.grizz.model.ChatRequest;
import io.grizz.model.Completion;
import io.grizz.model.Completion.Tokens;

/**
 * What calls use, as the record keeps it.
 *
 * @param config whose prices are meant
 */
record Usages(ChatConfig config) {

  /** Of a call that was answered. */
  Usage of(ChatRequest request, Completion completion) {
    Tokens tokens = completion.tokens();
    return new Usage(
        completion.model(),
        completion.finish(),
        tokens.input(),
        tokens.output(),
        tokens.cached(),
        tokens.reasoning(),
        tokens.estimated(),
        cost(request, completion.model(), tokens),
        completion.firstToken().toMillis(),
        completion.total().toMillis());
  }

  /** Of a call that was cut off after so many characters, so that nobody said. */
  Usage estimated(ChatRequest request, int length) {
    return estimated(request, Tokens.estimate(request, length));
  }

  /** Of a call that the provider refused, and does not charge. */
  Usage refused(ChatRequest request) {
    return estimated(request, Tokens.NONE);
  }

  /** The most that a message is thought to use: all the history it may have, and a long answer. */
  Quote quote(ChatMessage message) {
    JsonNode request = Json.tree(message.request());
    int asked = Tokens.of(config.systemPrompt().length() + message.text().length());
    int answer =
        request.path("opts").path("max_output_tokens").asInt(config.model().answerTokens());
    Tokens most = new Tokens(asked + config.history().tokens(), answer, 0, 0, true);
    String model = Prompt.model(request.path("model").asText(""), config);
    return new Quote((long) most.input() + answer, config.model().prices().cost(model, most));
  }

  private Usage estimated(ChatRequest request, Tokens tokens) {
    long cost = config.model().prices().cost(request.model(), tokens);
    return new Usage(request.model(), "", tokens.input(), tokens.output(), 0, 0, true, cost, 0, 0);
  }

  /** By the name that was asked for, should the provider answer with one that has no price. */
  private long cost(ChatRequest request, String model, Tokens tokens) {
    Prices prices = config.model().prices();
    long cost = prices.cost(model, tokens);
    return cost > 0 ? cost : prices.cost(request.model(), tokens);
  }
}
