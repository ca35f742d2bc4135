package io.grizz.api;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * What a record needs of a queue so that both tell the same story.
 *
 * <p>A recorded job that ends in the queue without its handler's word (poison, expiry, cancel,
 * attempts spent) has no terminal event yet: the record closes its row first, and the event says
 * what the row says.
 *
 * <p><b>Threads and errors</b> as {@link JobQueue}.
 */
public interface Reconciliation {

  /**
   * Keeps a place for a job whose acceptance is being recorded, for 30 s; {@link JobQueue#enqueue}
   * of that job takes it.
   *
   * @return false when the queue is full
   */
  boolean reserve(UUID job);

  /** Gives a place back that will not be used. */
  void giveBack(UUID job);

  /** Recorded jobs that ended in the queue and have no terminal event yet. */
  List<Ended> ended(int limit);

  /** Whether a job ended in the queue and has no terminal event yet. */
  boolean ending(UUID job);

  /**
   * Writes the terminal event of an ended job and lets its log and its memory run out. Repeating it
   * is harmless.
   *
   * @param state what the record says: a job that had finished there is no dead letter here
   * @param event the last event of the job's log, {@link Ended#seq} + 1
   */
  void close(UUID job, JobState state, Consumer.Event event);

  /**
   * Deletes all that the queue knows of a job, wherever it stands: a worker that runs it notices,
   * and nothing that it writes shows. Repeating it is harmless.
   */
  void forget(UUID job);

  /** Whether it is this caller's turn at a task: one caller's in each interval, over all hosts. */
  boolean turn(String task, Duration interval);

  /**
   * A job that the record has to close.
   *
   * @param reason its first word is the code: {@code crashed}, {@code attempts_spent}, …
   * @param seq the last event of its log
   */
  record Ended(UUID job, JobState state, String reason, long seq) {}
}
