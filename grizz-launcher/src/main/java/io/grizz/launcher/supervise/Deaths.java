package io.grizz.launcher.supervise;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Incarnations that are dead and have to be released by a living process: told at once, and again
 * each second until two of them said that they did. Two, since a command of the dead may still have
 * been on its way to Redis at the first; and said, since Redis may be away. Belongs to the
 * supervisor's thread.
 */
final class Deaths {

  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final int TIMES = 2;

  /** How often it was released, and when to say it next. */
  private record Death(int released, long dueNanos) {}

  private final Map<String, Death> deaths = new HashMap<>();

  void add(String incarnation, long now) {
    deaths.put(incarnation, new Death(0, now));
  }

  /**
   * Says what is due.
   *
   * @param tell false when nobody listens now
   */
  void tell(long now, Predicate<String> tell) {
    deaths.replaceAll((incarnation, death) ->
        now - death.dueNanos() >= 0 && tell.test("dead " + incarnation)
            ? new Death(death.released(), now + AGAIN.toNanos())
            : death);
  }

  /** Somebody released it; true when it needs no more. */
  boolean released(String incarnation) {
    Death death = deaths.get(incarnation);
    if (death == null) {
      return false;
    }
    if (death.released() + 1 < TIMES) {
      deaths.put(incarnation, new Death(death.released() + 1, death.dueNanos()));
      return false;
    }
    deaths.remove(incarnation);
    return true;
  }
}
