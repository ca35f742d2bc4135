package io.grizz.chat;

import io.grizz.api.JobContext;
import io.grizz.api.JobContext.OutputLostException;
import io.grizz.api.QueueUnavailableException;
import io.grizz.chat.ChatConfig.Batch;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Turns tokens into events of the output log: the first at once, then in batches, as its {@link
 * Pace} says. A thread of its own writes them, so that the model is read on while Redis is slow.
 *
 * <p>The lock guards what is waiting; the log is written to outside of it. An interrupt of the
 * handler does not reach the writer: no event is cut off half-way.
 */
final class AnswerStream implements AutoCloseable {

  private final JobContext job;
  private final UUID id;
  private final ChatConfig config;
  private final Pace pace;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final StringBuilder waiting = new StringBuilder();
  private final Thread writer;
  private int taken;
  private boolean ended;
  private @Nullable RuntimeException failure;

  // why no guard: the writer's own until it has ended, and read after joining it
  private final StringBuilder written = new StringBuilder();
  private int snapshotLength;
  private long snapshotNanos = System.nanoTime();
  private long flushedNanos;

  private AnswerStream(JobContext job, ChatConfig config, Pace pace) {
    this.job = job;
    this.id = job.lease().job().id();
    this.config = config;
    this.pace = pace;
    this.writer = Thread.ofVirtual().name("grizz-stream-" + id).unstarted(this::write);
  }

  /**
   * Begins to stream the answer of a job.
   *
   * @param pace of all answers here
   */
  static AnswerStream begin(JobContext job, ChatConfig config, Pace pace) {
    AnswerStream stream = new AnswerStream(job, config, pace);
    stream.writer.start();
    return stream;
  }

  /** Takes more text. Throws what writing failed with before. */
  void text(String delta) {
    lock.lock();
    try {
      if (failure != null) {
        throw failure;
      }
      boolean idle = whole() == 0;
      // why: the record cannot keep this character, and readers shall see what it keeps
      waiting.append(delta.replace("\0", ""));
      taken += delta.length();
      // why not for each: a writer that gathers would wake in vain
      if (idle || waiting.length() >= config.flush().characters()) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many characters it has taken, written or not. */
  int taken() {
    lock.lock();
    try {
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Writes what waits and ends. The interrupt of a job that is stopped does not cut this short; a
   * lost lease does.
   *
   * @return all text, as it stands in the log
   */
  String end() {
    close();
    if (failure != null) {
      throw failure;
    }
    return written.toString();
  }

  /** As {@link #end}, whatever writing failed with. */
  @Override
  public void close() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = Thread.interrupted();
    while (writer.isAlive()) {
      try {
        writer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    try {
      for (String batch = next(); !batch.isEmpty(); batch = next()) {
        emit(batch);
        snapshotWhenDue();
      }
    } catch (RuntimeException e) {
      // why: the one catch-all of this thread; the handler throws it on
      lock.lock();
      try {
        failure = e;
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the writer", e);
    }
  }

  /** The next batch; empty at the end. */
  private String next() throws InterruptedException {
    int enough = config.flush().characters();
    lock.lock();
    try {
      while (whole() == 0 && !ended) {
        changed.await();
      }
      long left = written.isEmpty() ? 0 : flushedNanos + pace.nanos() - System.nanoTime();
      while (left > 0 && waiting.length() < enough && !ended) {
        left = changed.awaitNanos(left);
      }
      int length = whole();
      String text = waiting.substring(0, length);
      waiting.delete(0, length);
      return text;
    } finally {
      lock.unlock();
    }
  }

  /** How much may be written now: half a character waits for its other half. */
  private int whole() {
    int length = waiting.length();
    boolean half = length > 0 && Character.isHighSurrogate(waiting.charAt(length - 1));
    return half && !ended ? length - 1 : length;
  }

  private void emit(String batch) throws InterruptedException {
    int off = written.length();
    boolean lost = false;
    while (true) {
      long begin = System.nanoTime();
      try {
        if (lost) {
          job.rebuild(written.toString());
          lost = false;
        }
        job.emit(seq -> Frames.delta(id, seq, off, batch));
        written.append(batch);
        flushedNanos = System.nanoTime();
        pace.took(flushedNanos - begin);
        return;
      } catch (OutputLostException e) {
        lost = true;
      } catch (QueueUnavailableException e) {
        // why: the same event again, until the store is back or the lease is lost
        TimeUnit.NANOSECONDS.sleep(e.retryAfter().toNanos());
      }
    }
  }

  private void snapshotWhenDue() {
    Batch due = config.snapshot();
    boolean late = System.nanoTime() - snapshotNanos >= due.after().toNanos();
    if (written.length() - snapshotLength < due.characters() && !late) {
      return;
    }
    try {
      job.snapshot(written.toString());
      snapshotLength = written.length();
      snapshotNanos = System.nanoTime();
    } catch (QueueUnavailableException e) {
      // why: only makes the log shorter; the next one will do
      snapshotNanos = System.nanoTime();
    }
  }
}
