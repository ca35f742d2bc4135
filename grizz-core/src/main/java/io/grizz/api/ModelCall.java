package io.grizz.api;

import java.time.Duration;
import java.util.Optional;

/**
 * A call of a model that is over.
 *
 * @param model that was asked
 * @param took from the call to its end
 * @param answered empty when there was no complete answer
 * @param error the code of the failure; empty when there was none
 */
public record ModelCall(String model, Duration took, Optional<Answered> answered, String error) {

  /**
   * What came of it.
   *
   * @param firstToken from the call to the first text
   * @param input tokens
   * @param output tokens
   */
  public record Answered(Duration firstToken, int input, int output) {}
}
