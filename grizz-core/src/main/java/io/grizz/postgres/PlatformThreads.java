package io.grizz.postgres;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Threads for the transactions of virtual threads, as many as there are connections. A virtual
 * thread pays for each reply that it awaits, most of all with a time limit, with changes of threads
 * in the JDK; here it pays once for a whole transaction.
 *
 * <p><b>Threads.</b> Safe for any number; they are served in the order in which they came. Those of
 * this class end after half a minute without work.
 */
final class PlatformThreads implements AutoCloseable {

  private static final Duration IDLE = Duration.ofSeconds(30);

  /** How late somebody may learn that the wait was too long. */
  private static final Duration TICK = Duration.ofMillis(20);

  private final ThreadPoolExecutor threads;
  private final ScheduledThreadPoolExecutor clock;
  private final AtomicBoolean ticking = new AtomicBoolean();

  PlatformThreads(int size) {
    ThreadFactory factory = Thread.ofPlatform().name("grizz-session-", 0).daemon().factory();
    this.threads =
        new ThreadPoolExecutor(
            size, size, IDLE.toSeconds(), TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
    threads.allowCoreThreadTimeOut(true);
    this.clock = new ScheduledThreadPoolExecutor(1, factory);
    clock.setKeepAliveTime(IDLE.toSeconds(), TimeUnit.SECONDS);
    clock.allowCoreThreadTimeOut(true);
  }

  /** How many callers wait for a thread. */
  int waiting() {
    return threads.getQueue().size();
  }

  /**
   * Runs work for the calling thread, which waits for its end.
   *
   * @param interruption is told when the caller is interrupted meanwhile
   * @throws TimeoutException when no thread was free in time: nothing was done
   * @throws InterruptedException when the caller was interrupted before: nothing was done
   */
  <T> T run(Supplier<T> work, Turn turn, Interruption interruption)
      throws TimeoutException, InterruptedException {
    Task<T> task = new Task<>(work, turn, interruption);
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      // why: the pool is closed, and says so best itself
      return work.get();
    }
    tick();
    try {
      return task.await();
    } finally {
      if (task.left()) {
        threads.remove(task);
      }
    }
  }

  /** Looks at the clock again soon, for as long as anybody waits. */
  private void tick() {
    // why: one clock for all; a virtual thread's own time limit costs two changes of threads
    if (waiting() > 0 && ticking.compareAndSet(false, true)) {
      var unused = clock.schedule(this::endOverdue, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void endOverdue() {
    for (Runnable waiting : threads.getQueue()) {
      ((Task<?>) waiting).leaveIfOverdue();
    }
    ticking.set(false);
    tick();
  }

  /** Who waits is served, from a pool that is closed by then. */
  @Override
  public void close() {
    threads.shutdown();
  }

  private enum State {
    WAITING,
    RUNNING,
    DONE,
    /** Its caller has gone before it ran. */
    LEFT
  }

  private static final class Task<T> implements Runnable {

    private final Thread caller = Thread.currentThread();
    private final @Nullable Map<String, String> context = MDC.getCopyOfContextMap();
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final Supplier<T> work;
    private final Turn turn;
    private final Interruption interruption;
    private boolean interrupted;
    private Supplier<T> outcome =
        () -> {
          throw new IllegalStateException("not run yet");
        };

    Task(Supplier<T> work, Turn turn, Interruption interruption) {
      this.work = work;
      this.turn = turn;
      this.interruption = interruption;
    }

    boolean left() {
      return state.get() == State.LEFT;
    }

    @Override
    public void run() {
      if (!state.compareAndSet(State.WAITING, State.RUNNING)) {
        return;
      }
      interruption.begun();
      if (context != null) {
        MDC.setContextMap(context);
      }
      try {
        T result = work.get();
        outcome = () -> result;
      } catch (Throwable e) {
        outcome =
            () -> {
              throw Task.<RuntimeException>asItIs(e);
            };
      } finally {
        MDC.clear();
        interrupted = interruption.ended();
        state.set(State.DONE);
        LockSupport.unpark(caller);
      }
    }

    void leaveIfOverdue() {
      if (!turn.left().isPositive() && state.compareAndSet(State.WAITING, State.LEFT)) {
        LockSupport.unpark(caller);
      }
    }

    T await() throws TimeoutException, InterruptedException {
      boolean asked = false;
      while (state.get() != State.DONE) {
        if (left()) {
          throw new TimeoutException("no thread was free");
        }
        LockSupport.park(this);
        if (Thread.interrupted()) {
          if (state.compareAndSet(State.WAITING, State.LEFT)) {
            throw new InterruptedException();
          }
          asked = true;
          interruption.ask();
        }
      }
      if (asked || interrupted) {
        caller.interrupt();
      }
      return outcome.get();
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E asItIs(Throwable throwable) throws E {
      throw (E) throwable;
    }
  }
}
