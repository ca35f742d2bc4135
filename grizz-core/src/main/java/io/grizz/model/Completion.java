package io.grizz.model;

import java.time.Duration;

/**
 * How a complete answer ended.
 *
 * @param model the one that answered, as it names itself
 * @param finish its reason to end: {@code stop}, {@code length}, …
 * @param firstToken from the call to the first text
 */
public record Completion(
    String model, String finish, Tokens tokens, Duration firstToken, Duration total) {

  /**
   * What was used.
   *
   * @param estimated measured by us, since the provider did not say
   */
  public record Tokens(int input, int output, int cached, int reasoning, boolean estimated) {

    private static final int CHARACTERS_PER_TOKEN = 4;

    /** A guess from the texts' length: four characters a token, as providers advise for English. */
    public static Tokens estimate(ChatRequest request, int answerLength) {
      int asked = request.messages().stream().mapToInt(each -> each.content().length()).sum();
      return new Tokens(
          asked / CHARACTERS_PER_TOKEN, answerLength / CHARACTERS_PER_TOKEN, 0, 0, true);
    }
  }
}
