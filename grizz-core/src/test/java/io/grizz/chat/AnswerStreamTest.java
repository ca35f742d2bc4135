package io.grizz.chat;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.Handler;
import io.grizz.api.Job;
import io.grizz.api.JobContext;
import io.grizz.api.JobContext.OutputLostException;
import io.grizz.api.JobState;
import io.grizz.api.Outcome;
import io.grizz.api.OutputPage;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import io.grizz.chat.ChatConfig.Batch;
import io.grizz.chat.ChatConfig.Flush;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.json.Json;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AnswerStreamTest {

  private static final QueueConfig CONFIG = QueueConfig.named("streams");

  private EmbeddedRedis redis;
  private RedisQueue queue;

  @BeforeEach
  void open() {
    redis = EmbeddedRedis.temporary();
    queue = RedisQueue.open(RedisConfig.at(redis.uri()), CONFIG);
  }

  @AfterEach
  void close() {
    queue.close();
    redis.close();
  }

  @Test
  void readersGetExactlyTheTextThatWasWritten() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    StringBuilder expected = new StringBuilder();
    Job job =
        run(context -> {
          AnswerStream stream =
              AnswerStream.begin(
                  context, ChatConfig.STANDARD, new Pace(ChatConfig.STANDARD.flush()));
          for (int i = 0; i < 2_000; i++) {
            String token = "tok" + random.nextInt(1_000) + " \u00e9\ud83d\udc3b ";
            expected.append(token);
            stream.text(token);
          }
          assertThat(stream.end()).isEqualTo(expected.toString());
          return Outcome.done();
        });

    OutputPage page = queue.output(job.id(), 0).orElseThrow();
    String before = page.snapshot().map(OutputPage.Snapshot::text).orElse("");
    assertThat(Frames.text(before, page.frames())).isEqualTo(expected.toString());
  }

  @Test
  void firstTokenIsSentAtOnceAndTheOthersInBatches() {
    Job job =
        run(context -> {
          AnswerStream stream =
              AnswerStream.begin(context, batchesOfTen(), new Pace(batchesOfTen().flush()));
          stream.text("first");
          await().until(() -> queue.output(context.lease().job().id(), 0).orElseThrow().seq() == 2);
          stream.text("12345");
          stream.text("67890");
          await().until(() -> queue.output(context.lease().job().id(), 0).orElseThrow().seq() == 3);
          stream.text("end");
          stream.end();
          return Outcome.done();
        });

    assertThat(queue.output(job.id(), 1).orElseThrow().frames())
        .map(frame -> Json.fields(frame).text("d").orElse("-"))
        .containsExactly("first", "1234567890", "end", "-");
  }

  @Test
  void streamGoesOnWhenRedisWasKilledInTheMiddle() {
    StringBuilder expected = new StringBuilder();
    CountDownLatch half = new CountDownLatch(1);
    CountDownLatch back = new CountDownLatch(1);
    Thread killer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                half.await();
                redis.kill();
                redis.start();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              back.countDown();
            });
    Job job =
        run(context -> {
          expected.setLength(0);
          AnswerStream stream =
              AnswerStream.begin(
                  context, ChatConfig.STANDARD, new Pace(ChatConfig.STANDARD.flush()));
          for (int i = 0; i < 400; i++) {
            if (i == 200) {
              half.countDown();
            }
            if (i == 300) {
              back.await();
            }
            expected.append("word").append(i).append(' ');
            stream.text("word" + i + " ");
          }
          stream.end();
          return Outcome.done();
        });

    assertThat(killer.isAlive()).isFalse();
    OutputPage page = queue.output(job.id(), 0).orElseThrow();
    String before = page.snapshot().map(OutputPage.Snapshot::text).orElse("");
    assertThat(Frames.text(before, page.frames())).isEqualTo(expected.toString());
  }

  @Test
  void logThatIsLostAndCannotBeBegunAnewAtOnceCostsNoText() {
    List<RuntimeException> troubles =
        new ArrayList<>(
            List.of(
                new OutputLostException("lost"),
                new QueueUnavailableException(
                    "away", ofMillis(1), new IllegalStateException("away"))));
    Job job =
        run(context -> {
          JobContext shaky =
              Between.at(
                  JobContext.class,
                  Between.at(
                      JobContext.class, context, "emit", (call, args) -> orElse(troubles, 2, call)),
                  "rebuild",
                  (call, args) -> orElse(troubles, 1, call));
          AnswerStream stream =
              AnswerStream.begin(shaky, ChatConfig.STANDARD, new Pace(ChatConfig.STANDARD.flush()));
          stream.text("paid for");
          assertThat(stream.end()).isEqualTo("paid for");
          return Outcome.done();
        });

    assertThat(troubles).isEmpty();
    OutputPage page = queue.output(job.id(), 0).orElseThrow();
    assertThat(page.log()).as("a new one").isNotEqualTo("log1");
    assertThat(Frames.text("", page.frames())).isEqualTo("paid for");
  }

  /** Throws the first trouble if that many are left. */
  private static Object orElse(List<RuntimeException> troubles, int left, Callable<?> call)
      throws Exception {
    if (troubles.size() == left) {
      throw troubles.removeFirst();
    }
    return call.call();
  }

  private Job run(Handler handler) {
    Job job = Job.of(UUID.randomUUID(), "stream", "{}").with(Job.Output.streaming("log1"));
    queue.enqueue(job);
    try (Worker worker =
        Worker.of(
            queue, "worker-1", CONFIG.leases(), WorkerConfig.STANDARD, Map.of("stream", handler))) {
      worker.start();
      await()
          .atMost(ofSeconds(20))
          .ignoreExceptions()
          .until(() -> queue.find(job.id()).orElseThrow().state() == JobState.COMPLETED);
    }
    return job;
  }

  private static ChatConfig batchesOfTen() {
    Batch never = new Batch(ofHours(1), 1_000_000);
    return new ChatConfig(
        new ChatConfig.Model("m", 1, Prices.NONE),
        "",
        new ChatConfig.History(0, 0),
        new Flush(ofSeconds(60), ofSeconds(60), 10),
        never,
        ofMillis(10));
  }
}
