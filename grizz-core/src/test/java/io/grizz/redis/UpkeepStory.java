package io.grizz.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Consumer;
import io.grizz.api.DeadLetters;
import io.grizz.api.DeadLetters.Filter;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueStats;
import io.grizz.api.Receipt;
import io.grizz.api.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** Many jobs, what is done for all of them at once, and what is cleared away after them. */
final class UpkeepStory {

  /** Two dead letters and one ended job are kept. */
  static final QueueConfig.Retention RETENTION =
      new QueueConfig.Retention(
          Duration.ofHours(24),
          Duration.ofHours(1),
          Duration.ofMinutes(15),
          Duration.ofHours(24),
          2,
          1);

  /** More than one script enqueues or takes. */
  private static final int JOBS = 66;

  private final Patience patience;
  private final List<Job> jobs = new ArrayList<>();
  private final Job late =
      named(JOBS)
          .with(new Job.Schedule(Optional.empty(), Optional.of(Instant.now().minusSeconds(1))));

  private UpkeepStory(Patience patience) {
    this.patience = patience;
    for (int i = 0; i < JOBS; i++) {
      jobs.add(named(i));
    }
  }

  /** Tells it, and how everything stands in the end. */
  static Map<String, String> told(Patience patience) {
    return new UpkeepStory(patience).told();
  }

  private Map<String, String> told() {
    JobQueue queue = patience.queue();
    try (Consumer one = queue.join("one");
        Consumer two = queue.join("two")) {
      assertThat(patience.again(() -> queue.enqueueAll(jobs)))
          .allMatch(it -> it instanceof Receipt.Accepted || it instanceof Receipt.Duplicate);
      assertThat(patience.leases(one, JOBS)).hasSize(JOBS);
      patience.again(one::leave);
      Map<UUID, Lease> leases = patience.leases(two, JOBS);
      settle(two, leases, 0, new Settlement.Expire("expired"));
      settle(two, leases, 1, new Settlement.Complete("1"));
      for (int i = 2; i < 7; i++) {
        settle(two, leases, i, new Settlement.DeadLetter("no_model"));
      }
      patience.again(() -> queue.enqueue(late));
      while (!patience.again(() -> queue.find(late.id())).orElseThrow().state().terminal()) {
        patience.nextTurn("tend");
        patience.again(two::tend);
      }
      clear(two);
      letters(queue.deadLetters());
      patience.again(two::leave);
      return patience.seen(this::picture);
    }
  }

  /** Clears until it was done: whoever lost the answer comes again when it is its turn. */
  private void clear(Consumer consumer) {
    Optional<QueueStats> stats;
    do {
      patience.nextTurn("clear");
      stats = patience.again(consumer::clear);
    } while (stats.isEmpty());
    assertThat(stats.orElseThrow().overflow()).isEqualTo(3);
  }

  private void letters(DeadLetters letters) {
    assertThat(patience.again(() -> letters.show(named(5).id()))).isPresent();
    Filter second = new Filter(Optional.of("type-1"), Optional.of("no_model"));
    patience.again(() -> letters.requeueAll(second));
    patience.again(() -> letters.deleteAll(Filter.ALL));
  }

  private void settle(Consumer consumer, Map<UUID, Lease> leases, int i, Settlement settlement) {
    Lease lease = Objects.requireNonNull(leases.get(jobs.get(i).id()));
    patience.again(() -> consumer.settle(lease, settlement, Optional.empty()));
  }

  private Map<String, String> picture(JobQueue queue) {
    Map<String, String> picture = new TreeMap<>();
    for (int i : new int[] {0, 1, 2, 3, 4, 5, 6, 7, JOBS - 1, JOBS}) {
      picture.put(
          "job " + i,
          queue
              .find(named(i).id())
              .map(view -> view.state() + " " + view.counters() + " " + view.result())
              .orElse("gone"));
    }
    QueueStats stats = queue.stats();
    picture.put("waiting", String.valueOf(stats.waiting()));
    picture.put("running", String.valueOf(stats.running()));
    picture.put("dead", stats.dead() + " and " + stats.overflow());
    return picture;
  }

  private static Job named(int i) {
    return Job.of(new UUID(7, i), "type-" + i % 2, "{}");
  }
}
