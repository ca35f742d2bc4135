package io.grizz.api;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongFunction;

/** What a handler decided about its job. A handler that throws has decided {@link Retry}. */
public sealed interface Outcome {

  /** The work is done; never deliver this job again. The result is JSON text, empty for none. */
  record Done(String result) implements Outcome {}

  /**
   * Not now: deliver it again after {@code delay}, if it has attempts left.
   *
   * @param delay empty for what the worker's retry policy says
   */
  record Retry(Optional<Duration> delay, String reason) implements Outcome {
    public Retry {
      delay.ifPresent(Outcome::requireDelay);
    }
  }

  /** Not yet, and nobody's fault: deliver it again after {@code delay}; costs no attempt. */
  record Snooze(Duration delay, String reason) implements Outcome {
    public Snooze {
      requireDelay(delay);
    }
  }

  /** Not ever: no further attempt can help, so keep it for a person to look at. */
  record Reject(String reason) implements Outcome {}

  /**
   * The handler has closed the job in a record of its own: settle it as this end.
   *
   * @param end one of the ends
   * @param detail the result of a completed job, the reason of another
   * @param frame makes the terminal event's JSON text from its number
   */
  record Closed(JobState end, String detail, LongFunction<String> frame) implements Outcome {}

  /** Throws unless {@code delay} is zero or more, and no more than a hundred years. */
  static void requireDelay(Duration delay) {
    ConfigException.require(
        !delay.isNegative() && delay.compareTo(Duration.ofDays(36_500)) <= 0,
        "the delay of a job",
        delay,
        "zero or more, and at most 36500 days");
  }

  /** Done, without a result. */
  static Outcome done() {
    return new Done("");
  }
}
