package io.grizz.chat;

import static io.grizz.api.ConfigException.require;

import io.grizz.api.ChatRecord.Window;
import io.grizz.model.Completion.Tokens;
import java.time.Duration;

/**
 * How messages are answered. Immutable; begin with {@link #STANDARD}.
 *
 * @param model the model that answers when a message names none
 * @param systemPrompt what the model is told before the conversation; empty for nothing
 * @param history what the model sees of the conversation before the new message
 * @param flush how tokens become events
 * @param snapshot how often all text so far is stored, so that the log before it is trimmed
 * @param patience how long to wait between two tries to reach a record that is away
 */
public record ChatConfig(
    Model model,
    String systemPrompt,
    History history,
    Flush flush,
    Batch snapshot,
    Duration patience) {

  /** The defaults of {@code config/grizz.yaml}, where nothing has a price. */
  public static final ChatConfig STANDARD =
      new ChatConfig(
          new Model("gpt-4.1-mini", 4_096, Prices.NONE),
          "You are a helpful assistant.",
          new History(40, 16_000),
          new Flush(Duration.ofMillis(30), Duration.ofMillis(200), 512),
          new Batch(Duration.ofSeconds(2), 4 * 1024),
          Duration.ofMillis(500));

  public ChatConfig {
    require(patience.isPositive(), "record.patience", patience, "more than zero");
  }

  public ChatConfig withPrices(Prices prices) {
    return new ChatConfig(
        new Model(model.name(), model.answerTokens(), prices),
        systemPrompt,
        history,
        flush,
        snapshot,
        patience);
  }

  /**
   * What answers.
   *
   * @param name of the model that answers when a message names none
   * @param answerTokens how long an answer is thought to become, when a user's day is bounded and
   *     the message does not say; 1 or more
   * @param prices of all models
   */
  public record Model(String name, int answerTokens, Prices prices) {
    public Model {
      require(!name.isBlank(), "model.name", name, "the name of a model");
      require(answerTokens >= 1, "model.answer-tokens", answerTokens, "1 or more");
    }
  }

  /**
   * How much of a conversation the model sees before the new message.
   *
   * @param messages most of them, 0 or more
   * @param tokens most of them in all, 0 or more, reckoned at four characters each
   */
  public record History(int messages, int tokens) {
    private static final int MOST_TOKENS = Integer.MAX_VALUE / Tokens.CHARACTERS;

    public History {
      require(messages >= 0, "chat.history", messages, "0 or more");
      require(
          tokens >= 0 && tokens <= MOST_TOKENS,
          "chat.history-tokens",
          tokens,
          "0 to " + MOST_TOKENS);
    }

    Window window() {
      return new Window(messages, tokens * Tokens.CHARACTERS);
    }
  }

  /**
   * When tokens that were gathered become an event.
   *
   * @param after this long, while events are quickly written
   * @param most this long at the latest, while that is slow
   * @param characters earlier, after this many
   */
  public record Flush(Duration after, Duration most, int characters) {
    public Flush {
      require(!after.isNegative(), "output.flush", after, "zero or more");
      require(
          most.compareTo(after) >= 0, "output.flush-most", most, "at least output.flush, " + after);
      require(characters >= 1, "output.flush-chars", characters, "1 or more");
    }
  }

  /**
   * Whatever comes first.
   *
   * @param after at the latest after this long
   * @param characters earlier, after this many
   */
  public record Batch(Duration after, int characters) {
    public Batch {
      require(after.isPositive(), "output.snapshot", after, "more than zero");
      require(characters >= 1, "output.snapshot-chars", characters, "1 or more");
    }
  }
}
