package io.grizz.testing;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.Handler;
import io.grizz.api.Job;
import io.grizz.api.JobState;
import io.grizz.api.Outcome;
import io.grizz.memory.ManualClock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the test kit tells a test, on a queue in memory and a clock that only the test moves. */
class TestQueueTest {

  private final ManualClock clock = ManualClock.at(Instant.parse("2026-11-24T08:00:00Z"));
  private final TestQueue queue = TestQueue.inMemory(clock);

  @AfterEach
  void close() {
    queue.close();
  }

  @Test
  void remembersWhatWasAcceptedAndNothingElse() {
    Job greet = enqueued("greet");
    queue.enqueue(greet);
    List<Job> more = List.of(job("mail"), job("greet"));
    queue.enqueueAll(more);

    assertThat(queue.enqueued()).containsExactly(greet, more.get(0), more.get(1));
    assertThat(queue.enqueued("greet")).containsExactly(greet, more.get(1));
  }

  @Test
  void drainRunsWhatIsDueAndWhatThatEnqueues() throws Exception {
    Job first = enqueued("greet");
    Handler greet =
        job -> {
          enqueued("mail");
          return new Outcome.Done("\"hello\"");
        };

    List<Ran> ran = queue.drain(Map.of("greet", greet, "mail", job -> Outcome.done()));

    assertThat(ran).extracting(it -> it.job().type()).containsExactly("greet", "mail");
    assertThat(queue.find(first.id()).orElseThrow().result()).contains("\"hello\"");
  }

  @Test
  void whatThrowsIsRetriedUntilItsAttemptsAreSpent() throws Exception {
    Job job = enqueued("greet");
    Map<String, Handler> failing =
        Map.of(
            "greet",
            it -> {
              throw new IllegalStateException("no voice");
            });

    assertThat(queue.drain(failing)).hasSize(1);
    clock.advance(ofMillis(1_999));
    assertThat(queue.drain(failing)).isEmpty();
    clock.advance(ofMillis(1));
    assertThat(queue.drain(failing)).extracting(Ran::attempt).containsExactly(2);
    clock.advance(ofSeconds(4));
    assertThat(queue.drain(failing)).extracting(Ran::attempt).containsExactly(3);
    assertThat(queue.find(job.id()).orElseThrow().state()).isEqualTo(JobState.DEAD);
    assertThat(queue.find(job.id()).orElseThrow().reason().orElseThrow())
        .contains("IllegalStateException");
  }

  @Test
  void outcomesAreSettledAsTheySay() throws Exception {
    Job put = enqueued("put-off");
    Job hopeless = enqueued("hopeless");
    Job again = enqueued("again");
    queue.drain(
        Map.of(
            "put-off", job -> new Outcome.Snooze(ofSeconds(5), "later"),
            "hopeless", job -> new Outcome.Reject("no such name"),
            "again", job -> new Outcome.Retry(Optional.of(ofSeconds(9)), "busy")));

    assertThat(state(put)).isEqualTo(JobState.SCHEDULED);
    assertThat(state(hopeless)).isEqualTo(JobState.DEAD);
    assertThat(state(again)).isEqualTo(JobState.SCHEDULED);
    assertThat(queue.stats().scheduled()).isEqualTo(2);
  }

  @Test
  void streamedEventsStandInTheLogInTheirOrder() throws Exception {
    Job job = job("greet").with(Job.Output.streaming("log1"));
    queue.enqueue(job);
    queue.drain(
        Map.of(
            "greet",
            run -> {
              run.emit(seq -> "{\"d\":\"Hel\",\"seq\":" + seq + "}");
              run.emit(seq -> "{\"d\":\"lo\",\"seq\":" + seq + "}");
              return Outcome.done();
            }));

    assertThat(queue.output(job.id(), 1).orElseThrow().frames())
        .startsWith("{\"d\":\"Hel\",\"seq\":2}", "{\"d\":\"lo\",\"seq\":3}");
  }

  @Test
  void jobWithoutHandlerFailsTheTestAndGoesOnWaiting() {
    Job job = enqueued("greet");
    assertThatThrownBy(() -> queue.drain(Map.of("mail", it -> Outcome.done())))
        .hasMessageContaining("type greet")
        .hasMessageContaining("[mail]");
    assertThat(state(job)).isEqualTo(JobState.READY);
  }

  @Test
  void failedAssertionInAHandlerReachesTheTest() {
    enqueued("greet");
    assertThatThrownBy(() ->
            queue.drain(
                Map.of(
                    "greet",
                    job -> {
                      throw new AssertionError("not what I expected");
                    })))
        .isInstanceOf(AssertionError.class)
        .hasMessage("not what I expected");
  }

  private JobState state(Job job) {
    return queue.find(job.id()).orElseThrow().state();
  }

  private Job enqueued(String type) {
    Job job = job(type);
    queue.enqueue(job);
    return job;
  }

  private static Job job(String type) {
    return Job.of(UUID.randomUUID(), type, "{}");
  }
}
