package io.grizz.api;

import java.util.Set;

/**
 * The codes with which a job can fail, as the wire names them. The queue's scripts have them as
 * well.
 */
public final class FailureCode {

  /** What another try can help against; all other codes are final. */
  private static final Set<String> RETRYABLE =
      Set.of(
          "busy",
          "rate_limited",
          "budget_exceeded",
          "overloaded",
          "upstream_timeout",
          "upstream_unavailable",
          "attempts_spent",
          "internal");

  private static final Set<String> FINAL =
      Set.of(
          "context_too_long",
          "content_filtered",
          "upstream_rejected",
          "model_not_allowed",
          "file_not_allowed",
          "expired",
          "crashed");

  private FailureCode() {}

  /** Whether trying again can help, for an error code of the protocol. */
  public static boolean retryable(String code) {
    return RETRYABLE.contains(code);
  }

  /** The code that a reason begins with; {@code internal} when it begins with none. */
  public static String of(String reason) {
    String first = reason.split("[: ]", 2)[0];
    return RETRYABLE.contains(first) || FINAL.contains(first) ? first : "internal";
  }
}
