package io.grizz.chat;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Reconciliation;
import java.nio.charset.StandardCharsets;
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

  private final ChatRecord record;
  private final JobQueue queue;
  private final Reconciliation reconciliation;

  public Chat(ChatRecord record, JobQueue queue) {
    this.record = record;
    this.queue = queue;
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
      Acceptance acceptance = record.accept(message);
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
    record.sent(job.id());
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
