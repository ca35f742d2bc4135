package io.grizz.chat;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.DeadLetters;
import io.grizz.api.Erasure;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Reconciliation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sender's side: messages into the record, and from there into the queue.
 *
 * <p><b>Threads.</b> Safe for any number of threads; calls block.
 */
public final class Chat {

  /** The type of the jobs that answer messages. */
  public static final String TYPE = "chat";

  private static final Logger LOG = LoggerFactory.getLogger(Chat.class);
  private static final int AT_ONCE = 100;

  private final ChatRecord record;
  private final JobQueue queue;
  private final Reconciliation reconciliation;
  private final Usages usages;
  private final SentNotes notes;

  /**
   * @param config of those who will answer, so that messages are quoted at their prices
   */
  public Chat(ChatRecord record, JobQueue queue, ChatConfig config) {
    this.record = record;
    this.queue = queue;
    this.usages = new Usages(config);
    this.notes = new SentNotes(record);
    this.reconciliation = queue.reconciliation();
  }

  /**
   * Accepts a message: when this returns {@link Acceptance.Accepted}, it is durable. While the
   * queue is away it is accepted all the same, and enqueued later.
   *
   * @return empty when the queue is full
   * @throws ChatRecord.RecordUnavailableException when nothing can be accepted now
   */
  public Optional<Acceptance> send(ChatMessage message) {
    UUID reservation = reservation(message);
    if (!reserve(reservation)) {
      return Optional.empty();
    }
    try {
      Acceptance acceptance = record.accept(message, usages.quote(message));
      if (acceptance instanceof Acceptance.Accepted accepted) {
        accepted.interrupted().ifPresent(this::stop);
        enqueue(accepted.job());
      }
      return Optional.of(acceptance);
    } finally {
      giveBack(reservation);
    }
  }

  /**
   * Asks for a job to be stopped: in the record first, so that it cannot be lost.
   *
   * @return false when the user has no such job
   */
  public boolean cancel(UUID user, UUID job) {
    boolean theirs = record.cancel(user, job);
    if (theirs) {
      stop(job);
    }
    return theirs;
  }

  /**
   * Begins a new life of a job that failed: a person wants it tried again.
   *
   * @throws QueueUnavailableException when nobody can say whether its last life is over
   */
  public Requeued requeue(UUID job) {
    // why: until readers were told how it ended, the end is still on its way, and would hit the new
    // life
    boolean over =
        !reconciliation.ending(job)
            && queue.find(job).map(it -> it.state().terminal()).orElse(true);
    if (!over) {
      return Requeued.STILL_ENDING;
    }
    Optional<RecordedJob> reopened = record.reopen(job);
    reopened.ifPresent(this::enqueue);
    return reopened.isPresent() ? Requeued.NEW_LIFE : Requeued.NOT_FAILED;
  }

  /** What became of a wish to try again. */
  public enum Requeued {
    /** It waits, with a new log, or is held until its conversation is free. */
    NEW_LIFE,
    /** Its last life is not quite over: ask again in a moment. */
    STILL_ENDING,
    /** There is no such job, or it did not fail. */
    NOT_FAILED
  }

  /**
   * Deletes what is known of a user, or of one of their conversations: rows, logs, dead letters.
   * Repeat it when it fails; it goes on where it was.
   */
  public void forget(Erasure.Scope scope) {
    Erasure erasure = record.erasure();
    do {
      for (List<UUID> jobs = erasure.close(scope, AT_ONCE);
          !jobs.isEmpty();
          jobs = erasure.close(scope, AT_ONCE)) {
        // why in this order: a job that no row names any more would never be found here
        jobs.forEach(reconciliation::forget);
        erasure.delete(jobs);
      }
    } while (!erasure.finish(scope));
    if (scope.conversation().isEmpty()) {
      forgetDeadLetters(scope.user());
    }
  }

  /** Those that no record keeps. */
  private void forgetDeadLetters(UUID user) {
    Optional<String> cursor = Optional.empty();
    do {
      DeadLetters.Page page = queue.deadLetters().list(DeadLetters.Filter.ALL, cursor, AT_ONCE);
      page.items().stream()
          .filter(job -> job.user().map(user::equals).orElse(false))
          .forEach(job -> reconciliation.forget(job.id()));
      cursor = page.next();
    } while (cursor.isPresent());
  }

  /** Hands a recorded job to the queue; what cannot be handed over now is repaired later. */
  void enqueue(RecordedJob job) {
    if (job.state() == JobState.HELD || job.state().terminal()) {
      return;
    }
    try {
      queue.enqueue(queued(job));
    } catch (QueueUnavailableException e) {
      LOG.debug("{}: accepted, and enqueued later: {}", job.id(), e.getMessage());
      return;
    }
    notes.add(job.id());
  }

  private void stop(UUID job) {
    try {
      Optional<JobState> state = queue.cancel(job);
      LOG.debug("{}: asked to stop, is {}", job, state);
    } catch (QueueUnavailableException e) {
      LOG.debug("{}: the wish to stop is recorded, and told later: {}", job, e.getMessage());
    }
  }

  /** Names the place that is kept until the job, whose id only the record knows, has one. */
  private static UUID reservation(ChatMessage message) {
    String name = message.user() + "/" + message.key();
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
  }

  private boolean reserve(UUID reservation) {
    try {
      return reconciliation.reserve(reservation);
    } catch (QueueUnavailableException e) {
      // why: the record accepts without the queue, up to its own backlog
      return true;
    }
  }

  private void giveBack(UUID reservation) {
    try {
      reconciliation.giveBack(reservation);
    } catch (QueueUnavailableException e) {
      LOG.debug("a reservation runs out by itself: {}", e.getMessage());
    }
  }

  private static Job queued(RecordedJob job) {
    return Job.of(job.id(), job.type(), job.payload())
        .with(Job.Sender.ANONYMOUS.withUser(job.user()))
        .with(new Job.Output(Optional.of(job.log()), true));
  }
}
