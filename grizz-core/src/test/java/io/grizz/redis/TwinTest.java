package io.grizz.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Consumer;
import io.grizz.api.Consumer.Event;
import io.grizz.api.DeadLetters;
import io.grizz.api.DeadLetters.Filter;
import io.grizz.api.Job;
import io.grizz.api.JobQueue;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.Lease;
import io.grizz.api.OutputPage;
import io.grizz.api.Priority;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueStats;
import io.grizz.api.Settlement;
import io.grizz.memory.ManualClock;
import io.grizz.memory.MemoryQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/**
 * Random commands from three workers, told to the queue in Redis and to its twin in memory: both
 * answer alike, and after each step every job stands in one place. A failure shows its seed and the
 * commands that led to it.
 */
@Execution(ExecutionMode.CONCURRENT)
class TwinTest {

  private static final TestRedis REDIS = new TestRedis();
  private static final List<Priority> LANES = List.of(Priority.HIGH, Priority.NORMAL, Priority.LOW);
  private static final List<String> MOVES =
      List.of(
          "enqueue", "take", "settle", "emit", "cancel", "release", "leave", "requeue", "clear");

  private static final int STEPS = 200;
  private static final int CAPACITY = 8;

  private static final List<String> TYPES = List.of("greet", "mail");
  private static final List<String> CODES = List.of("no_model", "busy");

  /** So few are kept that stories go beyond. */
  private static final QueueConfig.Retention RETENTION =
      new QueueConfig.Retention(
          Duration.ofHours(24),
          Duration.ofHours(1),
          Duration.ofMinutes(15),
          Duration.ofHours(24),
          2,
          20);

  @AfterAll
  static void stop() {
    REDIS.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void bothTellTheSameStory(long seed) {
    new Twins(seed).run();
  }

  /** One of the two queues, with its workers and what each holds. */
  private static final class Side {
    private final JobQueue queue;
    private final List<Consumer> workers;
    private final Map<UUID, Lease> held = new LinkedHashMap<>();
    private final Map<UUID, Consumer> holders = new HashMap<>();
    private final Map<UUID, Long> seqs = new HashMap<>();
    private final Map<UUID, Long> epochs = new HashMap<>();

    Side(JobQueue queue) {
      this.queue = queue;
      this.workers = List.of(queue.join("one"), queue.join("two"), queue.join("three"));
    }

    String take(int worker, int max) {
      Consumer taker = workers.get(worker);
      Set<UUID> running =
          held.keySet().stream()
              .filter(id -> taker.equals(holders.get(id)))
              .collect(Collectors.toSet());
      List<Lease> leases = taker.take(max, running).leases();
      for (Lease lease : leases) {
        UUID id = lease.job().id();
        assertThat(held.put(id, lease)).as("handed out twice").isNull();
        assertThat(lease.epoch()).isGreaterThan(epochs.getOrDefault(id, 0L));
        epochs.put(id, lease.epoch());
        holders.put(id, taker);
        seqs.put(id, lease.seq());
      }
      return leases.stream().map(Side::facts).toList().toString();
    }

    /** What a worker is told, but for deadline and log's name, which differ between the two. */
    private static String facts(Lease lease) {
      Job job = lease.job();
      return job.id()
          + job.type()
          + job.payload()
          + job.sender()
          + job.output().log().isPresent()
          + lease.counters()
          + lease.seq();
    }

    DeadLetters letters() {
      return queue.deadLetters();
    }

    String with(UUID id, Function<Lease, Object> call) {
      Lease lease = held.get(id);
      return lease == null ? "not held" : String.valueOf(call.apply(lease));
    }

    Consumer holder(UUID id) {
      return holders.getOrDefault(id, workers.getFirst());
    }

    Event next(UUID id) {
      return new Event(seqs.merge(id, 1L, Long::sum), "{\"n\":1}");
    }
  }

  /** The same commands for both. */
  private static final class Twins {
    private final RandomGenerator random;
    private final QueueConfig config =
        QueueConfig.named("t" + UUID.randomUUID().toString().substring(0, 8))
            .withCapacity(CAPACITY, CAPACITY / 2)
            .withRetention(RETENTION);
    private final StreamKeys keys = new StreamKeys(config.name());
    private final ManualClock clock = ManualClock.at(Instant.now());
    private final Side redis = new Side(REDIS.open(config));
    private final Side memory = new Side(MemoryQueue.open(config, clock));
    private final List<Job> jobs = new ArrayList<>();
    private final List<String> script = new ArrayList<>();
    private final Jedis turns = new Jedis(REDIS.uri());

    Twins(long seed) {
      random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      script.add("seed " + seed);
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        step();
        compare();
      }
      assertThat(MOVES).allMatch(move -> script.stream().anyMatch(line -> line.startsWith(move)));
    }

    private void step() {
      int dice = random.nextInt(100);
      if (dice < 15) {
        enqueue();
      } else if (dice < 50) {
        int worker = random.nextInt(3);
        int max = 1 + random.nextInt(3);
        both("take " + worker + " " + max, side -> side.take(worker, max));
      } else if (dice < 75) {
        settle();
      } else if (dice < 83) {
        UUID id = any();
        both("emit " + id, side -> side.with(id, it -> side.holder(id).emit(it, side.next(id))));
      } else if (dice < 85) {
        UUID id = any();
        both("cancel " + id, side -> String.valueOf(side.queue.cancel(id)));
      } else if (dice < 89) {
        gone();
      } else if (dice < 94) {
        letters();
      } else if (dice < 96) {
        clear();
      } else if (dice < 97) {
        both(
            "renew",
            side ->
                side.held.keySet().stream()
                    .sorted()
                    .map(id -> side.with(id, it -> side.holder(id).renew(List.of(it))))
                    .toList()
                    .toString());
      } else if (dice < 98) {
        Instant until = clock.instant().plus(Duration.ofHours(1));
        both(
            "pause",
            side -> {
              side.queue.pause(until);
              return "";
            });
      } else {
        both(
            "resume",
            side -> {
              side.queue.resume();
              return "";
            });
        tend();
      }
    }

    private void enqueue() {
      List<Job> some = Stream.generate(this::job).limit(1 + random.nextInt(3)).toList();
      both("enqueue " + some, side -> String.valueOf(side.queue.enqueueAll(some)));
    }

    private Job job() {
      Priority lane = LANES.get(random.nextInt(LANES.size()));
      Job.Sender sender = Job.Sender.ANONYMOUS.withPriority(lane);
      boolean keyed = random.nextInt(4) == 0;
      boolean again = !jobs.isEmpty() && random.nextInt(5) == 0;
      Job fresh =
          Job.of(id(), TYPES.get(random.nextInt(2)), "{}")
              .with(keyed ? sender.withKey("k" + random.nextInt(3)) : sender)
              .with(random.nextBoolean() ? Job.Output.streaming("log1") : Job.Output.NONE);
      Job job = again ? jobs.get(random.nextInt(jobs.size())) : fresh;
      if (!again) {
        jobs.add(job);
      }
      return job;
    }

    private void settle() {
      UUID id = any();
      Settlement settlement =
          switch (random.nextInt(7)) {
            case 0 -> new Settlement.Retry(delay(), "busy");
            case 1 -> new Settlement.Snooze(delay(), "limited");
            case 2 -> new Settlement.Release("deploy");
            case 3 -> new Settlement.DeadLetter(CODES.get(random.nextInt(2)));
            case 4 -> new Settlement.Cancel();
            case 5 -> new Settlement.Expire("expired");
            default -> new Settlement.Complete("1");
          };
      both(
          "settle " + id + " " + settlement,
          side -> {
            Consumer holder = side.holder(id);
            String answer = side.with(id, it -> holder.settle(it, settlement, Optional.empty()));
            side.held.remove(id);
            return answer;
          });
      // why at once: jobs that are due together would come back in an order of their names
      if (settlement instanceof Settlement.Retry || settlement instanceof Settlement.Snooze) {
        tend();
      }
    }

    /** A worker is gone: it left what it held, or another one puts it back. */
    private void gone() {
      int dead = random.nextInt(3);
      boolean left = random.nextBoolean();
      both(
          (left ? "leave " : "release ") + dead,
          side -> {
            Consumer gone = side.workers.get(dead);
            Consumer next = side.workers.get((dead + 1) % 3);
            String answer = String.valueOf(left ? gone.leave() : next.release(gone.incarnation()));
            List<UUID> lost =
                side.held.keySet().stream()
                    .filter(id -> gone.equals(side.holders.get(id)))
                    .toList();
            for (UUID id : lost) {
              assertThat(side.with(id, it -> gone.emit(it, side.next(id)))).contains("Fenced");
              side.held.remove(id);
            }
            return answer + lost.size();
          });
    }

    private void letters() {
      UUID id = any();
      Filter filter =
          new Filter(
              Optional.of(TYPES.get(random.nextInt(2))), Optional.of(CODES.get(random.nextInt(2))));
      switch (random.nextInt(5)) {
        case 0 -> both("requeue " + id, side -> String.valueOf(side.letters().requeue(id)));
        case 1 -> both("delete " + id, side -> String.valueOf(side.letters().delete(id)));
        case 2 ->
            both(
                "show " + id,
                side ->
                    side.letters()
                        .show(id)
                        .map(letter -> facts(letter.job()) + letter.payload())
                        .orElse(""));
        case 3 ->
            both(
                "requeue all " + filter, side -> String.valueOf(side.letters().requeueAll(filter)));
        default ->
            both("delete all " + filter, side -> String.valueOf(side.letters().deleteAll(filter)));
      }
    }

    /** Redis knows turns, and memory none: it is this caller's. */
    private void nextTurn(String task) {
      turns.del(keys.turn(task));
    }

    private void clear() {
      nextTurn("clear");
      both(
          "clear",
          side -> {
            QueueStats stats = side.workers.getFirst().clear().orElseThrow();
            return stats.waiting() + " " + stats.running() + stats.dead() + stats.overflow();
          });
    }

    private void tend() {
      nextTurn("tend");
      both("tend", side -> String.valueOf(side.workers.getFirst().tend()));
    }

    private void both(String command, Function<Side, String> call) {
      clock.advance(Duration.ofMillis(1));
      script.add(command);
      String here = call.apply(redis);
      script.add("  -> " + here);
      assertThat(call.apply(memory)).as(() -> String.join("\n", script)).isEqualTo(here);
    }

    private void compare() {
      QueueStats stats = redis.queue.stats();
      Map<JobState, Long> states = new HashMap<>();
      for (Job job : jobs) {
        Optional<JobView> here = redis.queue.find(job.id());
        here.ifPresent(view -> states.merge(view.state(), 1L, Long::sum));
        assertThat(memory.queue.find(job.id()).map(Twins::facts))
            .as(() -> String.join("\n", script))
            .isEqualTo(here.map(Twins::facts));
        if (job.output().log().isEmpty()) {
          continue;
        }
        String log = redis.queue.output(job.id(), 0).map(Twins::facts).orElse("");
        assertThat(memory.queue.output(job.id(), 0).map(Twins::facts).orElse(""))
            .as(() -> String.join("\n", script))
            .isEqualTo(log);
      }
      assertThat(stats.waiting()).isEqualTo(states.getOrDefault(JobState.READY, 0L));
      assertThat(stats.running()).isEqualTo(states.getOrDefault(JobState.RUNNING, 0L));
      assertThat(stats.scheduled()).isEqualTo(states.getOrDefault(JobState.SCHEDULED, 0L));
      assertThat(stats.dead()).isEqualTo(states.getOrDefault(JobState.DEAD, 0L));
      assertThat(redis.held.keySet()).isEqualTo(memory.held.keySet());
    }

    private static String facts(JobView view) {
      return view.state()
          + " "
          + view.counters()
          + view.result()
          + view.reason()
          + view.cancelAsked();
    }

    /**
     * What readers see, but for the log's name, which is random in Redis, and for how long
     * newcomers may have to wait, which each tells by a clock of its own.
     */
    private static String facts(OutputPage page) {
      List<String> frames =
          page.frames().stream().map(frame -> frame.replaceAll(",\"eta_ms\":\\d+", "")).toList();
      return page.state() + " " + page.seq() + page.snapshot() + frames;
    }

    private Duration delay() {
      return random.nextBoolean() ? Duration.ZERO : Duration.ofHours(2);
    }

    private UUID id() {
      return new UUID(random.nextLong(), random.nextLong());
    }

    private UUID any() {
      return jobs.isEmpty() ? id() : jobs.get(random.nextInt(jobs.size())).id();
    }
  }
}
