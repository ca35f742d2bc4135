package io.grizz.worker;

import io.grizz.api.Consumer;
import io.grizz.api.Consumer.Emitted;
import io.grizz.api.Consumer.Event;
import io.grizz.api.Handler;
import io.grizz.api.JobContext;
import io.grizz.api.JobEvent;
import io.grizz.api.Lease;
import io.grizz.api.Outcome;
import io.grizz.api.Settled;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One run of one job: the handler's thread, what it may be stopped for, and its place in the log.
 *
 * <p>The lock guards {@code handlerThread} and {@code stop} alone: an interrupt reaches the handler
 * or nobody, and never a settlement, which it would cut off half-way.
 */
final class Run implements JobContext {

  /** Why a run was told to stop. */
  enum Stop {
    /** Its owner asked. */
    CANCELLED,
    /** Its lease moved on: nothing that it writes counts. */
    LEASE_LOST,
    /** Its lease could not be renewed, and may move on: it is given back when that can be said. */
    CUT_OFF,
    /** The worker drains. */
    DRAINED,
    /** Its deadline has passed. */
    EXPIRED,
    /** It took longer than an attempt may. */
    TIMED_OUT,
    /** It showed no sign of life. */
    SILENT;

    /** Whether what the run writes may no longer count. */
    boolean silences() {
      return this == LEASE_LOST || this == CUT_OFF;
    }
  }

  /** Names of eight characters. */
  private static final long FIRST_NAME = 36L * 36 * 36 * 36 * 36 * 36 * 36;

  private static final long LAST_NAME = FIRST_NAME * 36;

  private volatile Lease lease;
  private final Consumer consumer;
  private final RandomGenerator names;
  private final Hearing hearing;
  private final ReentrantLock lock = new ReentrantLock();
  private final Clocks clocks;
  private @Nullable Thread handlerThread;
  private volatile @Nullable Stop stop;
  private volatile long stoppedNanos;
  private volatile Moment leased;
  private volatile boolean restarting;
  private volatile boolean abandoned;
  private volatile boolean settled;
  private long seq;

  /**
   * A run that begins.
   *
   * @param leased a moment at which its lease was not given yet
   */
  Run(
      Lease lease,
      Moment leased,
      Consumer consumer,
      RandomGenerator names,
      Clocks clocks,
      Hearing hearing) {
    this.lease = lease;
    this.leased = leased;
    this.consumer = consumer;
    this.names = names;
    this.clocks = clocks;
    this.hearing = hearing;
    this.seq = lease.seq();
  }

  /** Runs the handler on the calling thread; only in here can the run be interrupted. */
  Outcome handle(Handler handler) throws Exception {
    enter();
    try {
      return handler.handle(this);
    } finally {
      leave();
    }
  }

  /** Tells the run to stop. The first reason stands, but a lost lease overrides all others. */
  void stop(Stop reason) {
    lock.lock();
    try {
      // why: told again and again, a handler that is already leaving must not be cut off
      boolean news = stop == null || (reason == Stop.LEASE_LOST && stop != reason);
      if (news) {
        stoppedNanos = System.nanoTime();
        stop = reason;
      }
      if (news && handlerThread != null) {
        handlerThread.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells the run that a lease of its job has moved on. It may have been an earlier one, whose
   * renewal was on its way while this one was given.
   */
  void stopLost(Lease gone) {
    if (!restarting && lease.epoch() == gone.epoch()) {
      stop(Stop.LEASE_LOST);
    }
  }

  /** A moment before its lease was given, or renewed, for the last time. */
  Moment leased() {
    return leased;
  }

  void noteLeased(Moment at) {
    leased = at;
  }

  @Nullable Stop stopped() {
    return stop;
  }

  Clocks clocks() {
    return clocks;
  }

  /** Whether it was told to stop that long ago. */
  boolean stoppedFor(Duration time, long nowNanos) {
    return stop != null && nowNanos - stoppedNanos >= time.toNanos();
  }

  /**
   * Gives up on a handler that does not stop: its job is given back without it. False when it has
   * come back in this very moment, and gives the job back itself.
   */
  boolean abandon() {
    lock.lock();
    try {
      if (handlerThread == null) {
        return false;
      }
      abandoned = true;
      handlerThread.interrupt();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Whether somebody else has given the job back. */
  boolean abandoned() {
    return abandoned;
  }

  void noteSettled() {
    settled = true;
  }

  /** Whether its lease is still to be renewed. */
  boolean held() {
    return !settled;
  }

  @Override
  public Lease lease() {
    return lease;
  }

  @Override
  public boolean restart(long floor) {
    // why told: a renewal that is on its way has the epoch before, and will be told that it is lost
    restarting = true;
    try {
      OptionalLong epoch = consumer.restart(lease, floor);
      epoch.ifPresent(higher -> lease = lease.withEpoch(higher));
      return epoch.isPresent();
    } finally {
      restarting = false;
    }
  }

  @Override
  public boolean cancelAsked() {
    return stop == Stop.CANCELLED;
  }

  @Override
  public Instant deadline() {
    return clocks.deadline();
  }

  @Override
  public void progress() {
    clocks.progress(System.nanoTime());
  }

  @Override
  public void finishing() {
    clocks.finishing();
  }

  @Override
  public long emit(LongFunction<String> frame) {
    progress();
    Stop reason = stop;
    if (reason != null && reason.silences()) {
      throw new LeaseLostException(lease.job().id() + ": the lease is lost or cut off");
    }
    if (lease.job().output().log().isEmpty()) {
      throw new IllegalStateException(
          lease.job().id() + " does not stream: enqueue it with Job.Output.streaming");
    }
    Event event = new Event(seq + 1, frame.apply(seq + 1));
    switch (consumer.emit(lease, event)) {
      case Emitted.Written(boolean cancel) -> {
        seq = event.seq();
        hearing.tell(new JobEvent.Emitted(lease, seq, event.frame().length()));
        if (cancel) {
          stop(Stop.CANCELLED);
        }
      }
      case Emitted.Behind(long last) ->
          throw new OutputLostException("the log of the job ends at " + last + ", not " + seq);
      case Emitted.Fenced() -> throw leaseLost();
    }
    return event.seq();
  }

  @Override
  public void snapshot(String text) {
    if (consumer.snapshot(lease, seq, text) == Settled.FENCED) {
      throw leaseLost();
    }
  }

  @Override
  public void rebuild(String text) {
    String log = Long.toString(names.nextLong(FIRST_NAME, LAST_NAME), Character.MAX_RADIX);
    if (consumer.rebuild(lease, log, seq, text) == Settled.FENCED) {
      throw leaseLost();
    }
  }

  /** The event that ends the log. */
  Event terminal(LongFunction<String> frame) {
    return new Event(seq + 1, frame.apply(seq + 1));
  }

  private LeaseLostException leaseLost() {
    stop(Stop.LEASE_LOST);
    return new LeaseLostException(lease.job().id() + ": the lease has moved on");
  }

  private void enter() throws InterruptedException {
    lock.lock();
    try {
      if (stop != null) {
        throw new InterruptedException("stopped before it began");
      }
      handlerThread = Thread.currentThread();
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      handlerThread = null;
      Thread.interrupted();
    } finally {
      lock.unlock();
    }
  }
}
