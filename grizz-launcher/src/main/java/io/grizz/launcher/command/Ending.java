package io.grizz.launcher.command;

import io.grizz.launcher.client.ChatClient;
import java.util.Map;

/** Says to people how an answer ended that was not finished. */
final class Ending {

  private static final String DOCTOR = " \"grizz doctor\" looks at it.";

  private static final Map<String, String> FAILURES =
      Map.of(
          "attempts_spent", "Every attempt at an answer failed; the worker's log says why.",
          "upstream_timeout", "The model took too long." + DOCTOR,
          "upstream_unavailable", "The model is not available." + DOCTOR,
          "upstream_rejected", "The model refused the request." + DOCTOR,
          "content_filtered", "The provider withheld the answer.",
          "context_too_long", "The conversation is too long for the model.",
          "crashed", "The answer kept crashing its worker.",
          "expired", "The message waited too long for a worker.",
          "budget_exceeded", "The day's budget is spent.");

  private Ending() {}

  /** A sentence, with the protocol's code for those who look it up. */
  static String of(ChatClient.Ended ended) {
    if (ended.kind().equals("cancelled")) {
      return "The answer was cancelled.";
    }
    String sentence = FAILURES.getOrDefault(ended.code(), "The answer failed.");
    return sentence + " (" + ended.code() + ")";
  }
}
