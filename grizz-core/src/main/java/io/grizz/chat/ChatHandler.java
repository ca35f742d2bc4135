package io.grizz.chat;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Answer;
import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.Ending;
import io.grizz.api.ChatRecord.Finished;
import io.grizz.api.ChatRecord.RecordRefusedException;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.Handler;
import io.grizz.api.JobContext;
import io.grizz.api.JobContext.LeaseLostException;
import io.grizz.api.JobState;
import io.grizz.api.Lease;
import io.grizz.api.Outcome;
import io.grizz.json.Json;
import io.grizz.model.ChatModel;
import io.grizz.model.ChatModel.Place;
import io.grizz.model.ChatRequest;
import io.grizz.model.Completion;
import io.grizz.model.ModelException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The worker's side: runs one message against the model, streams the answer, and closes the record
 * before the queue.
 *
 * <p>A run begins in the record, so that what finished before is shown again and never paid for
 * twice; it ends in the record, so that the terminal event says what the row says.
 */
public final class ChatHandler implements Handler {

  private static final Logger LOG = LoggerFactory.getLogger(ChatHandler.class);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
  private static final int MOST_DOUBLINGS = 10;

  private final ChatRecord record;
  private final Chat chat;
  private final ChatModel model;
  private final ChatConfig config;
  private final Usages usages;
  private final Pace pace;
  private final String worker;
  private final RandomGenerator random = RandomGenerator.getDefault();

  /**
   * @param chat where the conversation's next job is let go
   * @param worker this process, as people know it
   */
  public ChatHandler(
      ChatRecord record, Chat chat, ChatModel model, ChatConfig config, String worker) {
    this.record = record;
    this.chat = chat;
    this.model = model;
    this.config = config;
    this.usages = new Usages(config);
    this.pace = new Pace(config.flush());
    this.worker = worker;
  }

  @Override
  public Outcome handle(JobContext job) throws InterruptedException {
    // why no removal: the thread is the job's own and ends with it
    Json.fields(job.lease().job().payload())
        .text("conversation")
        .ifPresent(conversation -> MDC.put("conversation", conversation));
    // why before all else: thousands may wait for a few places, and look for them again and again
    try (Place place = model.place(Prompt.of(job.payload(), List.of(), config))) {
      return begin(job, place);
    } catch (ModelException e) {
      return waits(job, e);
    } catch (RecordUnavailableException e) {
      LOG.debug("{}: the record is away, so the job waits", id(job));
      return new Outcome.Snooze(config.patience(), "the record is away");
    }
  }

  private Outcome begin(JobContext job, Place place) throws ModelException, InterruptedException {
    return switch (record.begin(id(job), job.lease().epoch())) {
      case Begun.Open() -> answer(job, place);
      case Begun.Closed(String text, Ending ending) -> replay(job, text, ending);
      case Begun.CancelAsked() -> finish(job, answer(JobState.CANCELLED, "", "", Usage.NONE));
      case Begun.Overtaken(long epoch) -> {
        if (!job.restart(epoch)) {
          throw new LeaseLostException(id(job) + ": the lease moved on before it began");
        }
        yield begin(job, place);
      }
    };
  }

  /** Shows again what finished before, and calls nothing. */
  private Outcome replay(JobContext job, String text, Ending ending) {
    reset(job);
    if (!text.isEmpty()) {
      job.emit(seq -> Frames.delta(id(job), seq, 0, text));
    }
    return closed(job, ending);
  }

  private Outcome waits(JobContext job, ModelException e) {
    int looks = job.lease().counters().snoozes();
    return new Outcome.Snooze(longer(e.retryAfter(), looks, random), e.code());
  }

  /** The oftener a job has looked, the longer it waits: each look costs everybody something. */
  static Duration longer(Duration wait, int looks, RandomGenerator random) {
    long doubled = wait.toMillis() << Math.min(looks, MOST_DOUBLINGS);
    long longer = Math.min(LONGEST_WAIT.toMillis(), doubled);
    long jittered = random.nextLong(longer / 2, longer + 1);
    return Duration.ofMillis(Math.max(wait.toMillis(), jittered));
  }

  /**
   * @throws ModelException when the call has to wait, and nothing was done for it yet
   */
  private Outcome answer(JobContext job, Place place) throws ModelException, InterruptedException {
    ChatRequest request = request(job.lease());
    place.fit(request);
    reset(job);
    job.emit(seq ->
        Frames.running(
            id(job), seq, new Frames.Running(job.lease().run(), request.model(), worker)));
    try (AnswerStream stream = AnswerStream.begin(job, config, pace)) {
      try {
        return answer(job, place, request, stream);
      } catch (RuntimeException e) {
        if (stream.taken() > 0) {
          // why: whatever came in between, the provider charges for what it said
          count(job, usages.estimated(request, stream.taken()));
        }
        throw e;
      }
    }
  }

  private Outcome answer(JobContext job, Place place, ChatRequest request, AnswerStream stream)
      throws InterruptedException {
    try {
      Completion completion = place.stream(request, stream::text);
      String text = stream.end();
      return finish(job, answer(JobState.COMPLETED, "", text, usages.of(request, completion)));
    } catch (ModelException e) {
      return failed(job, stream.end(), request, e);
    } catch (InterruptedException e) {
      String text = stream.end();
      Usage usage = usages.estimated(request, text.length());
      if (!job.cancelAsked()) {
        count(job, usage);
        throw e;
      }
      return finish(job, answer(JobState.CANCELLED, "", text, usage));
    }
  }

  private Outcome failed(JobContext job, String text, ChatRequest request, ModelException e)
      throws InterruptedException {
    LOG.debug("{}: the model failed: {}", id(job), e.code());
    boolean charged = e.charged() || !text.isEmpty();
    Usage usage = charged ? usages.estimated(request, text.length()) : usages.refused(request);
    return switch (e.verdict()) {
      case RETRY -> {
        count(job, usage);
        yield new Outcome.Retry(Optional.empty(), e.code());
      }
      case SNOOZE -> {
        if (charged) {
          count(job, usage);
        }
        yield new Outcome.Snooze(e.retryAfter(), e.code());
      }
      case FAIL -> finish(job, answer(JobState.DEAD, e.code(), text, usage));
    };
  }

  /** Counts a run that does not finish. A record that is away does not hold up what comes next. */
  private void count(JobContext job, Usage usage) {
    // why: who is told to stop has time for this, and an interrupt would cut it off
    boolean interrupted = Thread.interrupted();
    try {
      record.spent(id(job), job.lease().epoch(), usage);
    } catch (RecordUnavailableException | RecordRefusedException e) {
      LOG.warn("{}: {} tokens were used and not counted", id(job), usage.input() + usage.output());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Closes the row, waiting for a record that is away; then lets the conversation go on. */
  private Outcome finish(JobContext job, Answer answer) throws InterruptedException {
    job.finishing();
    while (true) {
      try {
        return switch (record.finish(id(job), job.lease().epoch(), answer)) {
          case Finished.Closed(Ending ending, var next) -> {
            next.ifPresent(chat::enqueue);
            yield closed(job, ending);
          }
          case Finished.Fenced() ->
              throw new LeaseLostException(id(job) + ": another run owns the job");
        };
      } catch (RecordUnavailableException e) {
        LOG.debug("{}: the record is away, and the answer waits for it", id(job));
        job.progress();
        Thread.sleep(config.patience());
      } catch (RecordRefusedException e) {
        LOG.error("{}: the record refuses the answer, which is given up", id(job), e);
        count(job, answer.usage());
        // why no retry: it would be paid for again, and refused again
        return new Outcome.Reject("record_refused: " + e.getMessage());
      }
    }
  }

  /** Readers replace what an earlier run showed them. */
  private static void reset(JobContext job) {
    Lease lease = job.lease();
    if (lease.seq() > 1) {
      job.emit(seq -> Frames.reset(id(job), seq, lease.run(), why(lease)));
      job.snapshot("");
    }
  }

  private static String why(Lease lease) {
    if (lease.counters().crashes() > 0) {
      return "worker_lost";
    }
    return lease.counters().attempts() > 0 ? "retried" : "moved";
  }

  private static Outcome closed(JobContext job, Ending ending) {
    return new Outcome.Closed(
        ending.state(), ending.code(), seq -> Frames.terminal(id(job), seq, ending));
  }

  private ChatRequest request(Lease lease) {
    UUID user = lease.job().sender().user().orElseThrow();
    return Prompt.of(
        lease.job().payload(),
        record.history(user, lease.job().id(), config.history().window()),
        config);
  }

  private static Answer answer(JobState state, String code, String text, Usage usage) {
    return new Answer(state, code, text, usage);
  }

  private static UUID id(JobContext job) {
    return job.lease().job().id();
  }
}
