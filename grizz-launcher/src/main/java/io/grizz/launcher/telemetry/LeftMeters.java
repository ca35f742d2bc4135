package io.grizz.launcher.telemetry;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leaves what this process measures in a folder, every few seconds. */
public final class LeftMeters implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LeftMeters.class);
  private static final Duration EACH = Duration.ofSeconds(5);

  private final MetersFolder folder;
  private final String process;
  private final Supplier<Meters> making;
  private final HeldEvents events;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().name("grizz-meters").daemon().unstarted(this::run);

  /**
   * @param making makes the meters; called once, on a thread of this
   * @param events that happen before there are meters, and after
   */
  public LeftMeters(
      MetersFolder folder, String process, Supplier<Meters> making, HeldEvents events) {
    this.folder = folder;
    this.process = process;
    this.making = making;
    this.events = events;
  }

  public void start() {
    thread.start();
  }

  private void run() {
    try {
      // why not at once: other processes still start, and want the processor
      if (ended()) {
        events.drop();
        return;
      }
      Meters meters = making.get();
      events.begin(meters);
      do {
        leave(meters);
      } while (!ended());
      folder.takeAway(process);
    } catch (IOException e) {
      LOG.debug("what was measured stays: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // why: the one catch-all of this thread; the process works on, unmeasured
      LOG.error("nothing is measured any more", e);
      events.drop();
    }
  }

  /** Waits for the next time; true when there is none. */
  private boolean ended() throws InterruptedException {
    return end.await(EACH.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void leave(Meters meters) {
    try {
      folder.leave(process, meters.text());
    } catch (IOException e) {
      LOG.warn("cannot say what is measured: {}", e.toString());
    }
  }

  /** Says nothing more. */
  @Override
  public void close() {
    end.countDown();
  }
}
