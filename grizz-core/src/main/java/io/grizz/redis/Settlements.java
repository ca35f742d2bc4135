package io.grizz.redis;

import io.grizz.api.Consumer.Event;
import io.grizz.api.Lease;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gives jobs back, those that end at one time in one call. Whoever comes while a call is under way
 * waits, and the first of those who wait makes the next call for all of them; so one alone waits
 * for nobody, and a thousand at once need few round trips. Each gets the answer for its own job.
 *
 * <p>The lock guards who waits and whether a call is under way; nobody holds it during a call.
 */
final class Settlements {

  /** Most jobs, and most characters, of one call: bounds the time that a script holds Redis. */
  private static final int MOST_JOBS = 64;

  private static final int MOST_LENGTH = 512 * 1024;

  private final Scripts scripts;
  private final String incarnation;
  private final ReentrantLock lock = new ReentrantLock();
  private final Queue<Asked> waiting = new ArrayDeque<>();
  private boolean underWay;

  Settlements(Scripts scripts, String incarnation) {
    this.scripts = scripts;
    this.incarnation = incarnation;
  }

  Settled settle(Lease lease, Settlement settlement, Optional<Event> event) {
    Asked mine = new Asked(arguments(lease, settlement, event));
    if (!first(mine)) {
      // Released when somebody has made the call for it, or left it the next one to make.
      mine.turn.acquireUninterruptibly();
    }
    if (!mine.answered()) {
      lead();
    }
    return mine.answer();
  }

  /** Whether no call is under way, so that whoever asked makes one. */
  private boolean first(Asked mine) {
    lock.lock();
    try {
      waiting.add(mine);
      boolean first = !underWay;
      underWay = true;
      return first;
    } finally {
      lock.unlock();
    }
  }

  /** Makes one call for all who wait, then leaves the next one to who came meanwhile. */
  private void lead() {
    List<Asked> batch = batch();
    try {
      call(batch);
    } finally {
      batch.forEach(asked -> asked.turn.release());
      passOn();
    }
  }

  private List<Asked> batch() {
    List<Asked> batch = new ArrayList<>();
    int length = 0;
    lock.lock();
    try {
      while (batch.size() < MOST_JOBS && length < MOST_LENGTH && !waiting.isEmpty()) {
        Asked next = waiting.remove();
        length += next.length();
        batch.add(next);
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void passOn() {
    Asked next;
    lock.lock();
    try {
      next = waiting.peek();
      underWay = next != null;
    } finally {
      lock.unlock();
    }
    if (next != null) {
      next.turn.release();
    }
  }

  private void call(List<Asked> batch) {
    try {
      List<Object> answers = run(batch);
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).settled = Reply.number(answers.get(i)) == 1 ? Settled.SETTLED : Settled.FENCED;
      }
    } catch (QueueUnavailableException e) {
      batch.forEach(asked -> asked.failure = e);
    } catch (RuntimeException e) {
      // why one by one: what Redis finds wrong with one job must not be held against the others
      batch.forEach(asked -> callAlone(asked, batch.size() == 1 ? e : null));
    }
  }

  private void callAlone(Asked asked, @Nullable RuntimeException known) {
    try {
      if (known != null) {
        throw known;
      }
      asked.settled =
          Reply.number(run(List.of(asked)).getFirst()) == 1 ? Settled.SETTLED : Settled.FENCED;
    } catch (RuntimeException e) {
      asked.failure = e;
    }
  }

  private List<Object> run(List<Asked> batch) {
    List<String> args = new ArrayList<>();
    args.add(incarnation);
    batch.forEach(asked -> args.addAll(asked.arguments));
    return Reply.list(scripts.run(Script.SETTLE, args));
  }

  private static List<String> arguments(Lease lease, Settlement settlement, Optional<Event> event) {
    return switch (settlement) {
      case Settlement.Complete(String result) -> arguments(lease, "complete 0", result, event);
      case Settlement.Retry(var delay, String reason) ->
          arguments(lease, "retry " + RedisQueue.millis(delay), reason, event);
      case Settlement.Snooze(var delay, String reason) ->
          arguments(lease, "snooze " + RedisQueue.millis(delay), reason, event);
      case Settlement.Release(String reason) -> arguments(lease, "release 0", reason, event);
      case Settlement.DeadLetter(String reason) -> arguments(lease, "dead 0", reason, event);
      case Settlement.Cancel() -> arguments(lease, "cancel 0", "", event);
      case Settlement.Expire(String reason) -> arguments(lease, "expire 0", reason, event);
    };
  }

  private static List<String> arguments(
      Lease lease, String kindAndDelay, String text, Optional<Event> event) {
    String about =
        String.join(
            " ",
            lease.job().id().toString(),
            lease.place(),
            String.valueOf(lease.epoch()),
            kindAndDelay,
            String.valueOf(event.map(Event::seq).orElse(0L)));
    return List.of(about, text, event.map(Event::frame).orElse(""));
  }

  /** One who wants a job settled. Its fields are written before its turn is released. */
  private static final class Asked {
    private final List<String> arguments;
    private final Semaphore turn = new Semaphore(0);
    private @Nullable Settled settled;
    private @Nullable RuntimeException failure;

    Asked(List<String> arguments) {
      this.arguments = arguments;
    }

    int length() {
      return arguments.stream().mapToInt(String::length).sum();
    }

    boolean answered() {
      return settled != null || failure != null;
    }

    Settled answer() {
      if (failure != null) {
        throw failure;
      }
      if (settled == null) {
        throw new IllegalStateException("a settlement was forgotten");
      }
      return settled;
    }
  }
}
