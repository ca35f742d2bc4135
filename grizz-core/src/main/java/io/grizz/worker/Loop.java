package io.grizz.worker;

import io.grizz.api.ConfigException;
import io.grizz.api.JobEvent;
import io.grizz.api.QueueUnavailableException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that does one thing again and again until it is told to end. While the store is away it
 * says so once, and tries again until it is back.
 */
final class Loop {

  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

  private static final Duration FAILED = Duration.ofSeconds(1);
  private static final Duration MISCONFIGURED = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  /** One round. */
  @FunctionalInterface
  interface Round {
    /** Does the work, and says how long to rest; {@link Duration#ZERO} goes on at once. */
    Duration run() throws InterruptedException;
  }

  private final Thread thread;
  private final Round round;
  private final Duration patience;
  private final Semaphore nudges = new Semaphore(0);
  private volatile boolean ending;
  private final Hearing hearing;
  private @Nullable Long awaySince;
  private String complaint = "";

  Loop(String name, Round round, Hearing hearing) {
    this(name, round, LONGEST, hearing);
  }

  /**
   * A loop that must not wait for as long as the store asks it to.
   *
   * @param patience the longest rest after a round that failed
   */
  Loop(String name, Round round, Duration patience, Hearing hearing) {
    this.round = round;
    this.patience = patience;
    this.hearing = hearing;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Ends the rest between two rounds. */
  void nudge() {
    nudges.release();
  }

  /** Lets the round that runs end, and no other begin. */
  void end() {
    ending = true;
    nudge();
  }

  boolean ending() {
    return ending;
  }

  void join(Duration atMost) throws InterruptedException {
    thread.join(atMost.toMillis());
  }

  private void run() {
    try {
      while (!ending()) {
        Duration rest = attempt();
        if (rest.isPositive() && nudges.tryAcquire(rest.toNanos(), TimeUnit.NANOSECONDS)) {
          nudges.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("{} was interrupted, and ends", thread.getName());
    }
  }

  private Duration attempt() throws InterruptedException {
    try {
      Duration rest = round.run();
      noteBack();
      return rest;
    } catch (QueueUnavailableException e) {
      noteAway(e);
      return bounded(e.retryAfter());
    } catch (ConfigException e) {
      // why tried again: what is set, here or by others, may be put right while this runs
      if (!complaint.equals(e.getMessage())) {
        complaint = String.valueOf(e.getMessage());
        LOG.error("{}: {}. Waiting until it is", thread.getName(), complaint);
      }
      return bounded(MISCONFIGURED);
    } catch (RuntimeException | Error e) {
      // why: the one catch-all of this thread; a loop that dies silently loses every job after it,
      // also when there was no memory for one round
      complain(e);
      return bounded(FAILED);
    }
  }

  private void complain(Throwable failure) {
    try {
      LOG.error("{}: a round failed, and is tried again", thread.getName(), failure);
    } catch (OutOfMemoryError e) {
      // why nothing: there is no memory even for these words
    }
  }

  private Duration bounded(Duration rest) {
    return rest.compareTo(patience) < 0 ? rest : patience;
  }

  private void noteAway(QueueUnavailableException why) {
    if (awaySince == null) {
      awaySince = System.nanoTime();
      LOG.warn("{}: {}. Trying again until it is back", thread.getName(), why.getMessage());
      hearing.tell(new JobEvent.StoreAway(thread.getName(), why));
    }
  }

  private void noteBack() {
    complaint = "";
    if (awaySince != null) {
      Duration away = Duration.ofNanos(System.nanoTime() - awaySince);
      awaySince = null;
      LOG.info("{}: the queue is back after {} ms", thread.getName(), away.toMillis());
      hearing.tell(new JobEvent.StoreBack(thread.getName(), away));
    }
  }
}
