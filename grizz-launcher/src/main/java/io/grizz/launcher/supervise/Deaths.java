package io.grizz.launcher.supervise;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/**
 * Incarnations that are dead and have to be released by a living process: told at once, and again
 * after a second, since a command of theirs may still have been on its way. Belongs to the
 * supervisor's thread.
 */
final class Deaths {

  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final int TIMES = 2;

  /** One of them, and when to say it next. */
  private record Death(String incarnation, int told, long dueNanos) {}

  private final List<Death> deaths = new ArrayList<>();

  void add(String incarnation, long now) {
    deaths.add(new Death(incarnation, 0, now));
  }

  /**
   * Says what is due.
   *
   * @param tell false when nobody listens now
   * @return the incarnations that need no more
   */
  List<String> tell(long now, Predicate<String> tell) {
    List<String> done = new ArrayList<>();
    List<Death> next = new ArrayList<>();
    for (Iterator<Death> each = deaths.iterator(); each.hasNext(); ) {
      Death death = each.next();
      if (now - death.dueNanos() >= 0 && tell.test("dead " + death.incarnation())) {
        each.remove();
        if (death.told() + 1 < TIMES) {
          next.add(new Death(death.incarnation(), death.told() + 1, now + AGAIN.toNanos()));
        } else {
          done.add(death.incarnation());
        }
      }
    }
    deaths.addAll(next);
    return done;
  }
}
