package io.grizz.chat;

import static io.grizz.chat.ChatFixture.field;
import static io.grizz.chat.ChatFixture.soon;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.JobContext;
import io.grizz.api.JobState;
import io.grizz.api.ProviderLimits;
import io.grizz.model.LimitedModel;
import io.grizz.model.ScriptedModel;
import io.grizz.postgres.TestPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an answer costs, and whether it is kept, when its stores or its provider have trouble. */
@ExtendWith(TestPostgres.class)
class ChatTroubleTest {

  private final CountDownLatch goOn = new CountDownLatch(1);
  private ChatFixture chats;

  @BeforeEach
  void open(TestPostgres.Server postgres) {
    chats = new ChatFixture(postgres);
  }

  @AfterEach
  void close() {
    goOn.countDown();
    chats.close();
  }

  @Test
  void attemptIsOverBeforeItsAnswerWaitsForARecordThatIsAway() {
    List<String> steps = new CopyOnWriteArrayList<>();
    ChatRecord away =
        Between.at(
            ChatRecord.class,
            chats.record,
            "finish",
            (call, args) -> {
              steps.add("finish");
              if (steps.size() < 4) {
                throw new RecordUnavailableException("away");
              }
              return call.call();
            });
    ChatHandler handler = chats.handler(away, chats.model);
    chats.model.then("answer");
    chats.startWorker(job ->
        handler.handle(
            Between.at(
                JobContext.class,
                job,
                "finishing",
                (call, args) -> {
                  steps.add("finishing");
                  return call.call();
                })));

    assertThat(chats.ended(chats.send("Hello")).text()).isEqualTo("answer");
    assertThat(steps).containsExactly("finishing", "finish", "finish", "finish");
  }

  @Test
  void answerThatTheRecordRefusesForGoodFailsItsJobAndIsPaidForOnce() {
    chats.scope.inTransaction(
        "guard",
        session ->
            session.update(
                "alter table public.messages add constraint polite check (content <> 'rude')"));
    chats.model.then("rude");
    chats.startWorker();
    RecordedJob job = chats.send("Hello");

    Begun.Closed closed = chats.endedByRepair(job);
    assertThat(closed.ending().state()).isEqualTo(JobState.DEAD);
    assertThat(closed.text()).as("what cannot be kept").isEmpty();
    assertThat(field(chats.ends(job).getFirst(), "t")).isEqualTo("failed");
    assertThat(chats.queue.find(job.id()).orElseThrow().reason().orElseThrow())
        .startsWith("record_refused")
        .contains("polite");
    assertThat(chats.model.calls()).hasSize(1);
    assertThat(runsCounted(job)).isEqualTo(1);
  }

  @Test
  void jobThatWaitsForAPlaceIsNeitherBegunNorShown() {
    AtomicInteger begun = new AtomicInteger();
    ChatRecord counted =
        Between.at(
            ChatRecord.class,
            chats.record,
            "begin",
            (call, args) -> {
              begun.incrementAndGet();
              return call.call();
            });
    chats.model.then("at last");
    chats.startWorker(chats.handler(counted, new LimitedModel(chats.model, new FullFor(3), 100)));
    RecordedJob job = chats.send("Hello");

    assertThat(chats.ended(job).text()).isEqualTo("at last");
    assertThat(begun).hasValue(1);
    assertThat(chats.kinds(job)).containsExactly("job", "job", "delta", "done");
    assertThat(chats.queue.find(job.id()).orElseThrow().counters().snoozes()).isEqualTo(3);
  }

  @Test
  void jobWaitsLongerForAPlaceTheOftenerItLookedButNotForever() {
    var random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    Duration half = ofMillis(500);
    for (int i = 0; i < 100; i++) {
      assertThat(ChatHandler.longer(half, 0, random)).isEqualTo(half);
      assertThat(ChatHandler.longer(half, 2, random)).isBetween(ofSeconds(1), ofSeconds(2));
      assertThat(ChatHandler.longer(half, 99, random)).isBetween(ofSeconds(5), ofSeconds(10));
      assertThat(ChatHandler.longer(ofSeconds(60), 99, random)).isEqualTo(ofSeconds(60));
    }
  }

  @Test
  void answerThatItsProviderBreaksOffToBeLeftAloneIsCounted() {
    chats.model.then(sink -> {
      sink.text("half of an");
      throw ScriptedModel.limited(ofMillis(1));
    });
    chats.model.then("answer");
    chats.startWorker();
    RecordedJob job = chats.send("Hello");

    assertThat(chats.ended(job).text()).isEqualTo("answer");
    assertThat(runsCounted(job)).isEqualTo(2);
  }

  @Test
  void answerWhoseLeaseIsLostInTheMiddleIsCounted() {
    chats.model.then(sink -> {
      sink.text("half of an");
      goOn.await();
      while (true) {
        sink.text("x".repeat(1_000));
      }
    });
    startWorker(
        "emit",
        (call, args) -> {
          if (goOn.getCount() == 0) {
            throw new JobContext.LeaseLostException("it moved on");
          }
          return call.call();
        });
    RecordedJob job = chats.send("Hello");
    chats.awaitShown(job, "half of an");
    goOn.countDown();

    soon().until(() -> runsCounted(job) == 1);
  }

  @Test
  void streamIsEndedWhateverEndsTheCall() {
    List<String> emitted = new CopyOnWriteArrayList<>();
    chats.model.then(sink -> {
      sink.text("a bear: ");
      soon().until(() -> emitted.stream().anyMatch(it -> it.contains("a bear")));
      // why a half: it waits for the other one, or for the end
      sink.text("\ud83d");
      throw new AssertionError("scripted");
    });
    chats.model.otherwise((request, sink) -> goOn.await());
    startWorker(
        "emit",
        (call, args) -> {
          emitted.add(((LongFunction<?>) args[0]).apply(0).toString());
          return call.call();
        });
    chats.send("Hello");

    soon().until(() -> emitted.stream().anyMatch(it -> it.contains("\"off\":8")));
  }

  /** A worker whose handler is between at one method of its context. */
  private void startWorker(String method, Between.Step step) {
    ChatHandler handler = chats.handler(chats.record, chats.model);
    chats.startWorker(job -> handler.handle(Between.at(JobContext.class, job, method, step)));
  }

  private int runsCounted(RecordedJob job) {
    return chats.scope.read(
        "runs",
        session ->
            session.one(
                "select count(*) as runs from grizz.usage where job_id = ?",
                row -> row.integer("runs"),
                job.id()));
  }

  /** Limits that are reached at the first looks. */
  private static final class FullFor implements ProviderLimits {
    private final AtomicInteger looks;

    FullFor(int looks) {
      this.looks = new AtomicInteger(looks);
    }

    @Override
    public Optional<Duration> reserve(String call, long tokens) {
      return looks.getAndDecrement() > 0 ? Optional.of(ofMillis(1)) : Optional.empty();
    }

    @Override
    public void settle(String call, long tokens) {
      // why: these limits do not count
    }

    @Override
    public void pause(Duration time) {
      // why: nor do they hear of pauses
    }
  }
}
