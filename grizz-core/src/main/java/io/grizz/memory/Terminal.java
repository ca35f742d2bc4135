package io.grizz.memory;

import io.grizz.api.JobState;
import java.util.Set;

/** The terminal event that the queue writes where no worker did. */
final class Terminal {

  // why here again: this room knows only the contract, and Redis has them in a script
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

  private Terminal() {}

  /** The event that follows what the job's log has. */
  static String frame(Entry entry, JobState end, String reason) {
    String how =
        switch (end) {
          case COMPLETED -> "\"done\"";
          case CANCELLED -> "\"cancelled\"";
          default -> failed(reason);
        };
    return "{\"t\":"
        + how
        + ",\"job\":\""
        + entry.job.id()
        + "\",\"seq\":"
        + (entry.seq + 1)
        + ",\"partial\":false,\"message\":null}";
  }

  /** A reason begins with its code, if it is one of the protocol's. */
  private static String failed(String reason) {
    String first = reason.split("[: ]", 2)[0];
    String code = RETRYABLE.contains(first) || FINAL.contains(first) ? first : "internal";
    return "\"failed\",\"code\":\"" + code + "\",\"retryable\":" + RETRYABLE.contains(code);
  }
}
