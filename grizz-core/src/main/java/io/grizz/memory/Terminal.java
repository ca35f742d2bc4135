package io.grizz.memory;

import io.grizz.api.FailureCode;
import io.grizz.api.JobState;

/** The terminal event that the queue writes where no worker did. */
final class Terminal {

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

  private static String failed(String reason) {
    String code = FailureCode.of(reason);
    return "\"failed\",\"code\":\"" + code + "\",\"retryable\":" + FailureCode.retryable(code);
  }
}
