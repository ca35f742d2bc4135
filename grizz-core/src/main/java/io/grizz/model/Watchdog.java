package io.grizz.model;

import io.grizz.model.ModelConfig.Patience;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes bodies that keep their reader waiting for too long: the JDK's own timeout ends with the
 * headers, or from version 26 on, counts the whole answer however well it moves on. One thread
 * looks after all calls.
 */
final class Watchdog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final Duration LOOK = Duration.ofMillis(100);

  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().name("grizz-model-watchdog").daemon().unstarted(this::run);

  void start() {
    thread.start();
  }

  /** Looks after a body until the watch is closed. */
  Watch watch(InputStream body, Patience patience, long startedNanos) {
    Watch watch = new Watch(body, patience, startedNanos);
    watches.add(watch);
    return watch;
  }

  @Override
  public void close() {
    end.countDown();
    watches.forEach(Watch::shut);
  }

  private void run() {
    try {
      while (!end.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        long now = System.nanoTime();
        watches.forEach(watch -> watch.look(now));
      }
    } catch (InterruptedException e) {
      LOG.debug("interrupted, and ends");
    }
  }

  /** One call under watch. */
  final class Watch implements AutoCloseable {
    private final InputStream body;
    private final Patience patience;
    private final long startedNanos;
    private volatile long aliveNanos;
    private volatile boolean begun;
    private volatile @Nullable Failure failure;

    private Watch(InputStream body, Patience patience, long startedNanos) {
      this.body = body;
      this.patience = patience;
      this.startedNanos = startedNanos;
      this.aliveNanos = System.nanoTime();
    }

    /** Something came. */
    void alive() {
      aliveNanos = System.nanoTime();
    }

    /** Text came: from here on, gaps count. */
    void begun() {
      begun = true;
      alive();
    }

    /** Why the body was closed under its reader; empty when it was not. */
    Optional<Failure> failure() {
      return Optional.ofNullable(failure);
    }

    @Override
    public void close() {
      watches.remove(this);
      shut();
    }

    private void look(long now) {
      if (now - startedNanos > patience.total().toNanos()) {
        fail(Failure.TOO_SLOW);
      } else if (!begun && now - startedNanos > patience.firstToken().toNanos()) {
        fail(Failure.NO_FIRST_TOKEN);
      } else if (begun && now - aliveNanos > patience.gap().toNanos()) {
        fail(Failure.STALLED);
      }
    }

    private void fail(Failure why) {
      if (failure == null) {
        failure = why;
        watches.remove(this);
        shut();
      }
    }

    private void shut() {
      try {
        body.close();
      } catch (IOException e) {
        LOG.debug("a body did not close: {}", e.getMessage());
      }
    }
  }
}
