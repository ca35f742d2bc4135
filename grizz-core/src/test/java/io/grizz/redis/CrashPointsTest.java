package io.grizz.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Consumer;
import io.grizz.api.Consumer.Event;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Settlement;
import io.grizz.api.Settlement.Cancel;
import io.grizz.api.Settlement.Complete;
import io.grizz.api.Settlement.DeadLetter;
import io.grizz.api.Settlement.Release;
import io.grizz.api.Settlement.Retry;
import io.grizz.redis.CutWire.Moment;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every transition in one story, told again and again with the wire cut at each command in turn.
 * Whoever calls does what a worker does, and repeats a call that failed; in the end everything must
 * stand as if nothing had happened.
 */
class CrashPointsTest {

  private static final TestRedis REDIS = new TestRedis();
  private static CutWire wire;

  @BeforeAll
  static void start() throws Exception {
    wire = new CutWire(REDIS.uri());
  }

  @AfterAll
  static void stop() throws Exception {
    wire.close();
    REDIS.close();
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void wireThatIsCutAtAnyCommandChangesNothing(Moment moment) {
    wire.cutAt(0, moment);
    Map<String, String> untroubled = new Story().told();
    int commands = wire.commands();
    assertThat(commands).isGreaterThan(25);

    for (int nth = 1; nth <= commands; nth++) {
      wire.cutAt(nth, moment);
      assertThat(new Story().told()).as("cut at command %d, %s", nth, moment).isEqualTo(untroubled);
    }
  }

  @Test
  void wireThatIsCutTwiceInARowChangesNothingEither() {
    wire.cutAt(0, Moment.BEFORE_REPLY);
    Map<String, String> untroubled = new Story().told();
    int commands = wire.commands();
    for (int nth = 1; nth <= commands; nth++) {
      wire.cutAt(nth, Moment.BEFORE_REPLY);
      Story story = new Story();
      story.cutAgain = nth + 1;
      assertThat(story.told()).as("cut at commands %d and on", nth).isEqualTo(untroubled);
    }
  }

  /** Three jobs, and all that can happen to them. */
  private static final class Story {
    private final QueueConfig config =
        QueueConfig.named("s" + UUID.randomUUID().toString().substring(0, 8));
    private final Job streaming = job().with(Job.Output.streaming("log1"));
    private final Job retried = job();
    private final Job keyed =
        job().with(Job.Sender.ANONYMOUS.withUser(UUID.randomUUID()).withKey("k"));
    private int cutAgain;

    Map<String, String> told() {
      try (JobQueue queue = RedisQueue.open(RedisConfig.at(wire.uri()), config);
          Consumer one = queue.join("one");
          Consumer two = queue.join("two")) {
        Stream.of(streaming, retried, keyed).forEach(job -> again(() -> queue.enqueue(job)));
        stream(one, leases(one, 3));
        Map<UUID, Lease> second = leases(one, 2);
        again(() -> queue.cancel(retried.id()));
        again(() -> one.renew(second.values()));
        settle(one, of(second, retried), new Cancel());
        settle(one, of(second, keyed), new DeadLetter("no_model"));
        again(() -> queue.deadLetters().requeue(keyed.id()));
        assertThat(leases(one, 1)).containsKey(keyed.id());
        again(() -> two.release("one"));
        Lease last = of(leases(two, 1), keyed);
        settle(two, last, new Complete("\"end\""));
        return picture(queue);
      }
    }

    private void stream(Consumer one, Map<UUID, Lease> leases) {
      Lease lease = of(leases, streaming);
      again(() -> one.emit(lease, new Event(2, "{\"a\":1}")));
      again(() -> one.emit(lease, new Event(3, "{\"a\":2}")));
      again(() -> one.snapshot(lease, 2, "so far"));
      again(() -> one.renew(leases.values()));
      again(() ->
          one.settle(lease, new Complete("1"), Optional.of(new Event(4, "{\"t\":\"done\"}"))));
      settle(one, of(leases, retried), new Retry(Duration.ZERO, "busy"));
      settle(one, of(leases, keyed), new Release("deploy"));
    }

    private void settle(Consumer consumer, Lease lease, Settlement settlement) {
      again(() -> consumer.settle(lease, settlement, Optional.empty()));
    }

    private static Lease of(Map<UUID, Lease> leases, Job job) {
      return Objects.requireNonNull(leases.get(job.id()));
    }

    /** Takes until so many run, as a worker does: what it holds is not handed out twice. */
    private Map<UUID, Lease> leases(Consumer consumer, int expected) {
      Map<UUID, Lease> held = new HashMap<>();
      while (true) {
        again(() -> consumer.take(10, Set.copyOf(held.keySet())))
            .leases()
            .forEach(lease -> assertThat(held.put(lease.job().id(), lease)).isNull());
        if (held.size() == expected) {
          return held;
        }
        again(consumer::tend);
      }
    }

    private Map<String, String> picture(JobQueue queue) {
      Map<String, String> picture =
          Stream.of(streaming, retried, keyed)
              .map(job -> again(() -> queue.find(job.id())).orElseThrow())
              .collect(
                  Collectors.toMap(
                      view -> name(view.id()),
                      view -> view.state() + " " + view.counters() + " " + view.result()));
      picture.put("log", again(() -> queue.output(streaming.id(), 0)).orElseThrow().toString());
      picture.put("stats", again(queue::stats).toString());
      picture.put("same key", again(() -> queue.enqueue(other())).getClass().getSimpleName());
      return picture;
    }

    private Job other() {
      return job().with(keyed.sender());
    }

    private String name(UUID id) {
      return id.equals(streaming.id())
          ? "streaming"
          : id.equals(retried.id()) ? "retried" : "keyed";
    }

    private <T> T again(Supplier<T> call) {
      while (true) {
        try {
          return call.get();
        } catch (QueueUnavailableException e) {
          // why: this is what callers are told to do; the second cut is at the repeated command
          if (cutAgain > 0) {
            wire.cutAt(1, Moment.BEFORE_REPLY);
            cutAgain = 0;
          }
        }
      }
    }

    private static Job job() {
      return Job.of(UUID.randomUUID(), "greet", "{}");
    }
  }
}
