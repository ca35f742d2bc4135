package io.grizz.model;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a model is asked.
 *
 * @param messages oldest first; the last is to be answered
 */
public record ChatRequest(String model, List<Message> messages, Options options) {

  public ChatRequest {
    messages = List.copyOf(messages);
  }

  /**
   * One message.
   *
   * @param role {@code system}, {@code user} or {@code assistant}
   * @param images addresses of pictures that belong to it
   */
  public record Message(String role, String content, List<String> images) {
    public Message {
      images = List.copyOf(images);
    }

    /** Without pictures. */
    public Message(String role, String content) {
      this(role, content, List.of());
    }
  }

  /** What else may be said; absent means the model's own. */
  public record Options(OptionalDouble temperature, OptionalInt maxOutputTokens) {
    /** Nothing else. */
    public static final Options NONE = new Options(OptionalDouble.empty(), OptionalInt.empty());
  }
}
