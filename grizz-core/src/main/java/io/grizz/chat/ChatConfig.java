package io.grizz.chat;

import static io.grizz.api.ConfigException.require;

import java.time.Duration;

/**
 * How messages are answered. Immutable; begin with {@link #STANDARD}.
 *
 * @param model the model that answers when a message names none
 * @param systemPrompt what the model is told before the conversation; empty for nothing
 * @param history most messages of the conversation that the model sees before the new one
 * @param flush how tokens become events
 * @param snapshot how often all text so far is stored, so that the log before it is trimmed
 * @param patience how long to wait between two tries to reach a record that is away
 */
public record ChatConfig(
    String model,
    String systemPrompt,
    int history,
    Batch flush,
    Batch snapshot,
    Duration patience) {

  /** The defaults of {@code config/grizz.yaml}. */
  public static final ChatConfig STANDARD =
      new ChatConfig(
          "gpt-4.1-mini",
          "You are a helpful assistant.",
          40,
          new Batch(Duration.ofMillis(30), 512),
          new Batch(Duration.ofSeconds(2), 4 * 1024),
          Duration.ofMillis(500));

  public ChatConfig {
    require(!model.isBlank(), "model.name", model, "the name of a model");
    require(history >= 0, "chat.history", history, "0 or more");
    require(patience.isPositive(), "record.patience", patience, "more than zero");
  }

  /**
   * Whatever comes first.
   *
   * @param after at the latest after this long
   * @param characters earlier, after this many
   */
  public record Batch(Duration after, int characters) {
    public Batch {
      require(!after.isNegative(), "output.flush", after, "zero or more");
      require(characters >= 1, "output.flush-chars", characters, "1 or more");
    }
  }
}
