package io.grizz.api;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What is kept of conversations, messages and their jobs for good: the truth when the queue has
 * forgotten.
 *
 * <p><b>Threads.</b> Safe for any number of threads. Calls block: make them from a virtual thread,
 * never while holding a lock, and never around a call to a model or to the queue.
 *
 * <p><b>Errors.</b> {@link RecordUnavailableException} when the database does not answer in time.
 * {@link #accept}, {@link #begin}, {@link #finish} and {@link #closeEnded} may then have taken
 * effect; repeating them is safe, and is answered as the first time. {@link RecordRefusedException}
 * when repeating cannot help: nothing took effect.
 */
public interface ChatRecord {

  /**
   * Records a message and its job in one transaction: what is accepted here is never lost.
   *
   * <p>The conversation's jobs run one at a time: when one is open, the new one is held, refused,
   * or accepted with the open one asked to stop, as {@code message} wishes.
   *
   * @param quote the most that answering it may use, counted against the user's day until it ends
   * @throws ConfigException when it is larger than a job may be
   */
  Acceptance accept(ChatMessage message, Quote quote);

  /** As {@link #accept(ChatMessage, Quote)}, where nobody counts. */
  default Acceptance accept(ChatMessage message) {
    return accept(message, Quote.NONE);
  }

  /** Notes that the queue has these jobs. */
  void sent(List<UUID> jobs);

  /**
   * Opens the job for the run with this epoch, before the model is called. A job whose conversation
   * was deleted is answered as closed, cancelled, without text.
   */
  Begun begin(UUID job, long epoch);

  /**
   * Counts what a run used that will not finish. Counting it again, or finishing the run after all,
   * adds nothing.
   */
  void spent(UUID job, long epoch, Usage usage);

  /** Closes the job with its answer, if the run with this epoch still owns it. */
  Finished finish(UUID job, long epoch, Answer answer);

  /**
   * Closes a job that ended in the queue, with the text that was produced so far; answers what the
   * row says when it was closed before.
   */
  Finished closeEnded(UUID job, Answer answer);

  /** Records the wish to stop; a held job is closed at once. False when it is not the user's. */
  boolean cancel(UUID user, UUID job);

  /**
   * The messages before this job's own, oldest first: each question followed by its answer.
   * Questions without an answer are left out, and so are those whose job failed: what a model
   * refused once would make it refuse all that follows.
   *
   * @param most how many, and how long; what does not fit is left out from the oldest on
   */
  List<Message> history(UUID user, UUID job, Window most);

  /**
   * The user's conversation of this day, made if absent.
   *
   * @throws UnknownUserException when the database keeps a list of users, and this one is not on it
   */
  Conversation today(UUID user, ZoneId zone, Instant now);

  /** Makes a conversation of the user's that is not the one of a day. */
  Conversation open(UUID user, String title, ZoneId zone, Instant now);

  /** Names a conversation; false when it is not the user's. */
  boolean rename(UUID user, UUID conversation, String title);

  /**
   * The user's conversations, newest first.
   *
   * @param before continues after an earlier page, whose last {@link Conversation#createdAt} it is
   * @param limit how many; more only where several were made at one time
   */
  List<Conversation> conversations(UUID user, Optional<Instant> before, int limit);

  /** Messages of one of the user's conversations, newest first; empty when it is not theirs. */
  Optional<List<Message>> messages(UUID user, UUID conversation, Optional<UUID> before, int limit);

  /** The user's job; empty when there is none of this id, or it is another user's. */
  Optional<RecordedJob> job(UUID user, UUID job);

  /** What a reader gets whose log has run out: text and ending of the user's job that ended. */
  Optional<Begun.Closed> closed(UUID user, UUID job);

  /** Claims jobs that were accepted and that the queue does not have yet, for a minute. */
  List<RecordedJob> claimUnsent(int limit);

  /**
   * Claims open jobs, held ones excepted, that the queue was given longer ago than {@code
   * olderThan}, for a minute: what the queue does not know of them is to be enqueued again.
   */
  List<RecordedJob> claimLost(Duration olderThan, int limit);

  /**
   * Gives an open job's output a new log, for the queue that lost the old one.
   *
   * @param job as it was claimed
   * @return false when it ended meanwhile, or somebody else gave it one: it is not to be enqueued
   */
  boolean relog(RecordedJob job, String log);

  /** Lets held jobs go whose conversation has no other open job; they are to be enqueued now. */
  List<RecordedJob> releaseHeld(int limit);

  /** Claims open jobs whose owner wants them stopped, for 10 s: the queue is to be told again. */
  List<UUID> claimCancels(int limit);

  /**
   * Begins a new life of a job that failed, with a new log: it is to be enqueued now, unless it is
   * held. Empty when there is no such job, or it did not fail.
   */
  Optional<RecordedJob> reopen(UUID job);

  /**
   * Jobs that ended before {@code before}, the oldest first; what else is known of them is to be
   * deleted before {@link #trim} deletes them, or nobody would find it again.
   *
   * @param limit most of them
   */
  List<UUID> old(Instant before, int limit);

  /** Deletes those of the jobs that ended before {@code before}; questions and answers stay. */
  void trim(List<UUID> jobs, Instant before);

  /** What answers have cost. */
  Ledger ledger();

  /** Takes out what a person wants forgotten. */
  Erasure erasure();

  /**
   * How much of a conversation is wanted.
   *
   * @param messages most of them, 0 or more
   * @param characters most of them in all, 0 or more
   */
  record Window(int messages, int characters) {}

  /** The most that answering a message may use. */
  record Quote(long tokens, long costMicros) {
    /** It costs nothing, or nobody counts. */
    public static final Quote NONE = new Quote(0, 0);
  }

  /**
   * A message as its sender wrote it.
   *
   * @param conversation one of the user's, or empty for the conversation of the day in {@code zone}
   * @param key the sender's own name for the message: a repeat is answered with the first job
   * @param onBusy what to do when the conversation has an open job
   * @param request JSON text of the model's options and of attachments
   */
  record ChatMessage(
      UUID user,
      Optional<UUID> conversation,
      ZoneId zone,
      UUID key,
      String text,
      OnBusy onBusy,
      String request) {}

  /** What a message does that finds its conversation busy. */
  enum OnBusy {
    ENQUEUE,
    REJECT,
    INTERRUPT
  }

  /** What became of a message. */
  sealed interface Acceptance {
    /** It stands in the record; unless it is held, it is to be enqueued now. */
    record Accepted(RecordedJob job, Optional<UUID> interrupted) implements Acceptance {}

    /** The same message came before. */
    record Duplicate(RecordedJob job) implements Acceptance {}

    /** Another message came before under this key. */
    record Conflict(UUID job) implements Acceptance {}

    /** The conversation has an open job, and the sender would not wait. */
    record Busy(UUID job) implements Acceptance {}

    /** The user has as many open jobs as one may have. */
    record TooMany(int open) implements Acceptance {}

    /** The user's day does not bear it; the next one may, which begins in {@code left}. */
    record OverBudget(Duration left) implements Acceptance {}

    /** The conversation belongs to somebody else, or the user is unknown. */
    record Forbidden() implements Acceptance {}

    /** There is no such conversation. */
    record NoConversation() implements Acceptance {}
  }

  /** What {@link #begin} found. */
  sealed interface Begun {
    /** Go ahead: call the model. */
    record Open() implements Begun {}

    /** It finished before: show this again, and call nothing. */
    record Closed(String text, Ending ending) implements Begun {}

    /** Its owner wants it stopped: finish it as cancelled. */
    record CancelAsked() implements Begun {}

    /** A run with a higher epoch began before: start again above that. */
    record Overtaken(long epoch) implements Begun {}
  }

  /** What {@link #finish} did. */
  sealed interface Finished {
    /** The row is closed, by this call or by this run before; {@code next} may go now. */
    record Closed(Ending ending, Optional<RecordedJob> next) implements Finished {}

    /** Another run owns the job; nothing was written. */
    record Fenced() implements Finished {}
  }

  /**
   * What a run produced.
   *
   * @param state one of the ends
   * @param code why it failed; empty when it did not
   * @param text the answer, or what there was of it; without text no message is written
   */
  record Answer(JobState state, String code, String text, Usage usage) {}

  /**
   * How a job ended, as its terminal event says.
   *
   * @param message the row of the answer; empty when there was no text
   */
  record Ending(JobState state, String code, Optional<UUID> message, Usage usage) {}

  /**
   * What a run cost.
   *
   * @param finish the model's own reason for its end; empty when unknown
   * @param estimated whether the counts were measured by us, not told by the provider
   */
  record Usage(
      String model,
      String finish,
      int input,
      int output,
      int cached,
      int reasoning,
      boolean estimated,
      long costMicros,
      long firstTokenMillis,
      long millis) {
    /** Nothing was called. */
    public static final Usage NONE = new Usage("", "", 0, 0, 0, 0, false, 0, 0, 0);
  }

  /**
   * A conversation.
   *
   * @param title empty when it has none
   * @param zone the one its day was reckoned in
   */
  record Conversation(UUID id, String title, LocalDate day, ZoneId zone, Instant createdAt) {}

  /**
   * One message.
   *
   * @param role {@code user} or {@code assistant}
   * @param job the job that it asked for, or that wrote it
   * @param state of that job
   */
  record Message(
      UUID id,
      String role,
      String text,
      List<Attachment> files,
      Optional<UUID> job,
      JobState state,
      Instant createdAt) {}

  /**
   * What a message shows besides its text.
   *
   * @param mime its type, as the sender says
   */
  record Attachment(String url, String mime) {}

  /**
   * A job as the record knows it.
   *
   * @param life grows when a person requeues it
   * @param log the name of its output log
   * @param payload what the handler gets
   */
  record RecordedJob(
      UUID id,
      UUID user,
      UUID conversation,
      String type,
      JobState state,
      int life,
      String log,
      String payload,
      boolean cancelAsked,
      Instant createdAt) {}

  /** The database did not answer in time, or cannot do what was asked just now. */
  final class RecordUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RecordUnavailableException(String message, Throwable cause) {
      super(message, cause);
    }

    public RecordUnavailableException(String message) {
      super(message);
    }
  }

  /** The database refuses what was asked, and would refuse it again. */
  final class RecordRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RecordRefusedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The database keeps a list of users, and this one is not on it. */
  final class UnknownUserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnknownUserException(UUID user, Throwable cause) {
      super("no user " + user, cause);
    }
  }
}
