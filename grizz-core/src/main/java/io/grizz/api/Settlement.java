package io.grizz.api;

import java.time.Duration;

/** How a worker gives a job back. Delays are never negative. */
public sealed interface Settlement {

  /** Done, with a result for whoever awaits it: JSON text, empty for none. */
  record Complete(String result) implements Settlement {}

  /** Failed, and due again after {@code delay} as its next attempt. */
  record Retry(Duration delay, String reason) implements Settlement {
    public Retry {
      Outcome.requireDelay(delay);
    }
  }

  /** Put off for {@code delay}, and nobody's fault: costs no attempt. */
  record Snooze(Duration delay, String reason) implements Settlement {
    public Snooze {
      Outcome.requireDelay(delay);
    }
  }

  /** Interrupted, and due again at once, ahead of what waits: costs no attempt. */
  record Release(String reason) implements Settlement {}

  /** Given up on; kept among the dead letters until a person decides. */
  record DeadLetter(String reason) implements Settlement {}

  /** Stopped at its owner's wish. */
  record Cancel() implements Settlement {}

  /** Its deadline has passed while it ran. */
  record Expire(String reason) implements Settlement {}
}
