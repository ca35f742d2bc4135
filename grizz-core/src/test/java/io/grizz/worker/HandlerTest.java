package io.grizz.worker;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.Grizz;
import io.grizz.api.Handler;
import io.grizz.api.JobEvent;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import io.grizz.api.Receipt;
import io.grizz.api.Settlement;
import io.grizz.json.Json;
import io.grizz.json.JsonHandler;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What handlers may be, and who may listen, on the queue in memory. */
class HandlerTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  private final QueueConfig config = QueueConfig.named("handlers");
  private final Grizz grizz = Grizz.inMemory(config, InstantSource.system());
  private final List<JobEvent> events = new CopyOnWriteArrayList<>();
  private final WorkerConfig quick =
      WorkerConfig.STANDARD
          .withRetries(new RetryPolicy(3, ofMillis(1), ofMillis(1)))
          .withRetries("once", new RetryPolicy(1, ofMillis(1), ofMillis(1)));

  /** A payload. */
  record Greeting(String name, int times) {}

  @AfterEach
  void close() {
    grizz.close();
  }

  @Test
  void payloadIsAnObjectAndSoIsTheResult() throws Exception {
    Handler greet =
        JsonHandler.of(
            Greeting.class,
            (greeting, job) ->
                new Outcome.Done(Json.text(List.of(greeting.name().repeat(greeting.times())))));
    assertThat(run(greet, "greet", "{\"name\":\"oh\",\"times\":2}").result())
        .contains("[\"ohoh\"]");
  }

  @Test
  void payloadThatDoesNotFitIsADeadLetterAtOnce() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    Handler greet =
        JsonHandler.of(
            Greeting.class,
            (greeting, job) -> {
              runs.incrementAndGet();
              return Outcome.done();
            });
    for (String payload :
        List.of("[]", "{\"name\":7,\"times\":\"x\"}", "\"nonsense\"", "{\"other\":1}")) {
      JobView view = run(greet, "greet", payload);
      assertThat(view.state()).isEqualTo(JobState.DEAD);
      assertThat(view.reason().orElseThrow()).startsWith("bad_payload").doesNotContain("nonsense");
    }
    assertThat(runs).hasValue(0);
  }

  @Test
  void interceptorsRunAroundAHandlerTheLastAddedOutermost() throws Exception {
    List<String> order = new CopyOnWriteArrayList<>();
    Handler greet =
        ((Handler)
                job -> {
                  order.add("handler");
                  return new Outcome.Done("1");
                })
            .within((job, next) -> {
              order.add("inner");
              return next.handle(job);
            })
            .within((job, next) -> {
              order.add("outer");
              Outcome outcome = next.handle(job);
              order.add("after");
              return outcome;
            });
    assertThat(run(greet, "greet", "{}").result()).contains("1");
    assertThat(order).containsExactly("outer", "inner", "handler", "after");
  }

  @Test
  void interceptorMayDecideInItsPlace() throws Exception {
    Handler never =
        job -> {
          throw new AssertionError("it ran");
        };
    Handler closed = never.within((job, next) -> new Outcome.Reject("closed"));
    assertThat(run(closed, "greet", "{}").reason()).contains("closed");
  }

  @Test
  void typesMayHaveTheirOwnRetries() throws Exception {
    Handler fails =
        job -> {
          throw new IllegalStateException("no");
        };
    assertThat(run(fails, "once", "{}").counters().attempts()).isEqualTo(1);
    assertThat(run(fails, "greet", "{}").counters().attempts()).isEqualTo(3);
  }

  @Test
  void handlerThatOverflowsItsStackHasFailedLikeAnyOther() throws Exception {
    JobView view = run(HandlerTest::deeper, "once", "{}");
    assertThat(view.reason()).contains("attempts_spent: StackOverflowError");
  }

  @Test
  void listenerHearsOfEveryRunAndHurtsNobodyWhenItThrows() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    Handler second =
        job -> {
          if (runs.incrementAndGet() == 1) {
            throw new IllegalStateException("no");
          }
          return Outcome.done();
        };
    assertThat(run(second, "greet", "{}").state()).isEqualTo(JobState.COMPLETED);
    assertThat(events.stream().filter(JobEvent.Started.class::isInstance)).hasSize(2);
    assertThat(
            events.stream()
                .filter(JobEvent.Ended.class::isInstance)
                .map(event -> ((JobEvent.Ended) event).settlement().getClass().getSimpleName()))
        .as("in any order: each run tells for itself")
        .containsExactlyInAnyOrder(
            Settlement.Retry.class.getSimpleName(), Settlement.Complete.class.getSimpleName());
  }

  private JobView run(Handler handler, String type, String payload) throws Exception {
    String id = "worker-" + grizz.newId();
    try (Worker worker =
        Worker.of(grizz.queue(), id, config.leases(), quick, Map.of(type, handler))
            .heardBy(event -> {
              events.add(event);
              throw new IllegalStateException("a listener that fails");
            })) {
      worker.start();
      Receipt receipt = grizz.enqueue(type, payload);
      return grizz.await(((Receipt.Accepted) receipt).id(), SOON);
    }
  }

  private static Outcome deeper(io.grizz.api.JobContext job) {
    return job == null ? Outcome.done() : deeper(job);
  }
}
