package io.grizz.chat;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Answer;
import io.grizz.api.ChatRecord.Ending;
import io.grizz.api.ChatRecord.Finished;
import io.grizz.api.ChatRecord.RecordRefusedException;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.FailureCode;
import io.grizz.api.JobQueue;
import io.grizz.api.OutputPage;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Reconciliation;
import io.grizz.api.Reconciliation.Ended;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes record and queue agree: one loop, each second, in short steps. What was accepted and not
 * handed over is enqueued, what ended in the queue is closed in the record, what the queue forgot
 * is enqueued again.
 *
 * <p>Every process may run one; they take turns. {@link #start} starts a thread, {@link #close}
 * ends it.
 */
public final class Repair implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Repair.class);
  private static final Duration EACH = Duration.ofSeconds(1);
  private static final Duration TURN = Duration.ofMillis(900);
  private static final Duration LOST_EACH = Duration.ofSeconds(60);
  private static final Duration TRIM_EACH = Duration.ofSeconds(60);
  private static final Duration JOIN = Duration.ofSeconds(3);
  private static final int AT_ONCE = 100;
  private static final int TRIMS = 50;

  /** Log names of eight characters. */
  private static final long FIRST_NAME = 36L * 36 * 36 * 36 * 36 * 36 * 36;

  private final ChatRecord record;
  private final JobQueue queue;
  private final Reconciliation reconciliation;
  private final Chat chat;
  private final Kept kept;
  private final InstantSource clock;
  private final RandomGenerator names = RandomGenerator.of("SecureRandom");
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().name("grizz-repair").daemon().unstarted(this::run);
  private boolean away;

  /**
   * @param kept how long what is over is kept
   * @param clock of the record
   */
  public Repair(ChatRecord record, JobQueue queue, Chat chat, Kept kept, InstantSource clock) {
    this.record = record;
    this.kept = kept;
    this.clock = clock;
    this.queue = queue;
    this.reconciliation = queue.reconciliation();
    this.chat = chat;
  }

  /**
   * How long what is over is kept in the record.
   *
   * @param jobs after their end
   * @param usage what answers used, after the day on which they did
   */
  public record Kept(Duration jobs, Duration usage) {}

  /** Begins. */
  public void start() {
    thread.start();
  }

  @Override
  public void close() {
    end.countDown();
    try {
      thread.join(JOIN.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      do {
        attempt();
      } while (!end.await(EACH.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      LOG.debug("interrupted, and ends");
    }
  }

  private void attempt() {
    try {
      if (reconciliation.turn("repair", TURN)) {
        round();
      }
      if (away) {
        away = false;
        LOG.info("record and queue are back");
      }
    } catch (QueueUnavailableException | RecordUnavailableException e) {
      if (!away) {
        away = true;
        LOG.warn("cannot compare record and queue: {}. Trying again", e.getMessage());
      }
    } catch (RuntimeException e) {
      // why: the one catch-all of this thread
      LOG.error("a round of repair failed, and is tried again", e);
    }
  }

  /** One round, whoever's turn it is. */
  void round() {
    // why to the end: after an outage there are thousands, and a claim keeps each from coming twice
    all(() -> record.claimUnsent(AT_ONCE), chat::enqueue);
    all(() -> reconciliation.ended(AT_ONCE), this::closeEnded);
    all(() -> record.claimCancels(AT_ONCE), queue::cancel);
    if (reconciliation.turn("repair-lost", LOST_EACH)) {
      all(() -> record.releaseHeld(AT_ONCE), chat::enqueue);
      all(() -> record.claimLost(LOST_EACH, AT_ONCE), this::enqueueLost);
    }
    if (reconciliation.turn("repair-trim", TRIM_EACH)) {
      trimJobs();
      trimUsage();
    }
  }

  private static <T> void all(Supplier<List<T>> claim, Consumer<T> act) {
    List<T> some;
    int done;
    do {
      some = claim.get();
      done = 0;
      for (T each : some) {
        done += alone(each, act) ? 1 : 0;
      }
      // why: what failed may be claimed again at once, for ever
    } while (done > 0 && some.size() == AT_ONCE);
  }

  /** Acts on one, whose failure is nobody else's. */
  private static <T> boolean alone(T one, Consumer<T> act) {
    try {
      act.accept(one);
      return true;
    } catch (QueueUnavailableException | RecordUnavailableException e) {
      throw e;
    } catch (RuntimeException e) {
      // why caught: one job that can never be repaired must not keep the others from it
      LOG.error("{}: cannot be repaired, and is tried again", id(one), e);
      return false;
    }
  }

  private static UUID id(Object one) {
    return switch (one) {
      case RecordedJob job -> job.id();
      case Ended ended -> ended.job();
      case UUID id -> id;
      default -> throw new IllegalArgumentException("not a job: " + one.getClass());
    };
  }

  /** In small batches, so that nobody waits for it; what one round leaves, the next one takes. */
  private void trimJobs() {
    Instant before = clock.instant().minus(kept.jobs());
    for (int batch = 0; batch < TRIMS; batch++) {
      List<UUID> old = record.old(before, AT_ONCE);
      // why in this order: a dead letter holds the message, and would not be found without its row
      old.forEach(reconciliation::forget);
      record.trim(old, before);
      if (old.size() < AT_ONCE) {
        return;
      }
    }
  }

  private void trimUsage() {
    LocalDate before = LocalDate.ofInstant(clock.instant().minus(kept.usage()), ZoneOffset.UTC);
    for (int batch = 0; batch < TRIMS; batch++) {
      if (record.ledger().trim(before, AT_ONCE) < AT_ONCE) {
        return;
      }
    }
  }

  private void closeEnded(Ended ended) {
    UUID job = ended.job();
    switch (closed(ended)) {
      case Finished.Closed(Ending ending, var next) -> {
        next.ifPresent(chat::enqueue);
        long seq = ended.seq() + 1;
        reconciliation.close(
            job,
            ending.state(),
            new io.grizz.api.Consumer.Event(seq, Frames.terminal(job, seq, ending)));
      }
      case Finished.Fenced() -> LOG.warn("{}: ended in the queue, unknown to the record", job);
    }
  }

  private Finished closed(Ended ended) {
    String code = FailureCode.of(ended.reason());
    String text = textSoFar(ended.job());
    try {
      return record.closeEnded(ended.job(), new Answer(ended.state(), code, text, Usage.NONE));
    } catch (RecordRefusedException e) {
      LOG.error("{}: the record refuses its text, so it ends without", ended.job(), e);
      return record.closeEnded(ended.job(), new Answer(ended.state(), code, "", Usage.NONE));
    }
  }

  private String textSoFar(UUID job) {
    return queue
        .output(job, 0)
        .map(page ->
            Frames.text(page.snapshot().map(OutputPage.Snapshot::text).orElse(""), page.frames()))
        .orElse("");
  }

  /** A flush or a failover forgot it: readers begin again, in a new log. */
  private void enqueueLost(RecordedJob job) {
    boolean goesOn = queue.find(job.id()).map(it -> !it.state().terminal()).orElse(false);
    if (!goesOn && !reconciliation.ending(job.id())) {
      String log = Long.toString(names.nextLong(FIRST_NAME, FIRST_NAME * 36), Character.MAX_RADIX);
      // why only then: under a new log, the queue would take a job that has just ended for reborn
      if (record.relog(job, log)) {
        LOG.warn("{}: the queue has forgotten it, so it is enqueued again", job.id());
        chat.enqueue(in(job, log));
      }
    }
  }

  private static RecordedJob in(RecordedJob job, String log) {
    return new RecordedJob(
        job.id(),
        job.user(),
        job.conversation(),
        job.type(),
        job.state(),
        job.life(),
        log,
        job.payload(),
        job.cancelAsked(),
        job.createdAt());
  }
}
