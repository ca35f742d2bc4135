package io.grizz.launcher.command;

import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.QueueUnavailableException;
import io.grizz.postgres.SessionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for services that start beside us. */
final class Patience {

  private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
  private static final long PAUSE_MILLIS = 100;
  private static final int SAY_EACH = 50;

  private Patience() {}

  /**
   * Tries until it works, or until the process is told to stop; false then.
   *
   * @throws SessionException when the database answers, and trying again would not help
   */
  static boolean until(Duty duty, String what, Runnable attempt) throws InterruptedException {
    for (int tries = 1; !duty.ending(); tries++) {
      try {
        attempt.run();
        return true;
      } catch (QueueUnavailableException | RecordUnavailableException | SessionException e) {
        if (e instanceof SessionException refused && !refused.isTransient()) {
          throw e;
        }
        if (tries % SAY_EACH == 0) {
          LOG.warn("waiting for {}: {}", what, e.getMessage());
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    }
    return false;
  }
}
