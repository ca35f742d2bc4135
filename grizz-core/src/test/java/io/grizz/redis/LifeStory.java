package io.grizz.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Consumer;
import io.grizz.api.Consumer.Event;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.Lease;
import io.grizz.api.Settlement;
import io.grizz.api.Settlement.Cancel;
import io.grizz.api.Settlement.Complete;
import io.grizz.api.Settlement.DeadLetter;
import io.grizz.api.Settlement.Release;
import io.grizz.api.Settlement.Retry;
import io.grizz.api.Settlement.Snooze;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/** Three jobs, and what can happen to them while they wait and run. */
final class LifeStory {

  private final Patience patience;
  private final Job streaming = job().with(Job.Output.streaming("log1"));
  private final Job retried = job();
  private final Job keyed =
      job().with(Job.Sender.ANONYMOUS.withUser(UUID.randomUUID()).withKey("k"));

  private LifeStory(Patience patience) {
    this.patience = patience;
  }

  /** Tells it, and how everything stands in the end. */
  static Map<String, String> told(Patience patience) {
    return new LifeStory(patience).told();
  }

  private Map<String, String> told() {
    JobQueue queue = patience.queue();
    try (Consumer one = queue.join("one");
        Consumer two = queue.join("two")) {
      pause(Instant.now().plus(Duration.ofHours(1)));
      Stream.of(streaming, retried, keyed).forEach(job -> patience.again(() -> queue.enqueue(job)));
      assertThat(patience.again(() -> one.take(3, Set.of())).leases()).isEmpty();
      pause(Instant.now().plus(Duration.ofHours(2)));
      pause(Instant.EPOCH);
      stream(one, patience.leases(one, 3));
      Map<UUID, Lease> second = patience.leases(one, 2);
      patience.again(() -> queue.cancel(retried.id()));
      patience.again(() -> one.renew(second.values()));
      settle(one, of(second, retried), new Cancel());
      settle(one, of(second, keyed), new Snooze(Duration.ZERO, "limited"));
      settle(one, of(patience.leases(one, 1), keyed), new DeadLetter("no_model"));
      patience.again(() -> queue.deadLetters().requeue(keyed.id()));
      assertThat(patience.leases(one, 1)).containsKey(keyed.id());
      patience.again(() -> two.release("one"));
      Lease last = of(patience.leases(two, 1), keyed);
      settle(two, last, new Complete("\"end\""));
      return picture(queue);
    }
  }

  private void pause(Instant until) {
    patience.again(() -> {
      patience.queue().pause(until);
      return until;
    });
  }

  private void stream(Consumer one, Map<UUID, Lease> leases) {
    Lease lease = of(leases, streaming);
    patience.again(() -> one.emit(lease, new Event(2, "{\"a\":1}")));
    patience.again(() -> one.emit(lease, new Event(3, "{\"a\":2}")));
    patience.again(() -> one.snapshot(lease, 2, "so far"));
    patience.again(() -> one.renew(leases.values()));
    patience.again(
        () -> one.settle(lease, new Complete("1"), Optional.of(new Event(4, "{\"t\":\"done\"}"))));
    settle(one, of(leases, retried), new Retry(Duration.ZERO, "busy"));
    settle(one, of(leases, keyed), new Release("deploy"));
  }

  private void settle(Consumer consumer, Lease lease, Settlement settlement) {
    patience.again(() -> consumer.settle(lease, settlement, Optional.empty()));
  }

  private static Lease of(Map<UUID, Lease> leases, Job job) {
    return Objects.requireNonNull(leases.get(job.id()));
  }

  private Map<String, String> picture(JobQueue queue) {
    Map<String, String> picture = new TreeMap<>();
    Map.of("streaming", streaming, "retried", retried, "keyed", keyed)
        .forEach((name, job) ->
            picture.put(
                name,
                patience
                    .again(() -> queue.find(job.id()))
                    .map(view -> view.state() + " " + view.counters() + " " + view.result())
                    .orElseThrow()));
    picture.put(
        "log", patience.again(() -> queue.output(streaming.id(), 0)).orElseThrow().toString());
    picture.put("stats", patience.again(queue::stats).toString());
    Job other = job().with(keyed.sender());
    picture.put("same key", patience.again(() -> queue.enqueue(other)).getClass().getSimpleName());
    return picture;
  }

  private static Job job() {
    return Job.of(UUID.randomUUID(), "greet", "{}");
  }
}
