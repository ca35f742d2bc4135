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

    /** How many characters a token is thought to have, as providers advise for English. */
    public static final int CHARACTERS = 4;

    /** Nothing. */
    public static final Tokens NONE = new Tokens(0, 0, 0, 0, false);

    /** A guess from the texts' length. */
    public static Tokens estimate(ChatRequest request, int answerLength) {
      int asked = request.messages().stream().mapToInt(each -> each.content().length()).sum();
      return new Tokens(of(asked), of(answerLength), 0, 0, true);
    }

    /** How many tokens a text is thought to have; any text has one. */
    public static int of(int characters) {
      return Math.ceilDiv(characters, CHARACTERS);
    }
  }
}
