package io.grizz;

import io.grizz.api.ConnectionNumbers;
import io.grizz.api.Consumer;
import io.grizz.api.Handler;
import io.grizz.api.Job;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.JobView;
import io.grizz.api.Lease;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.Receipt;
import io.grizz.chat.ChatConfig;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.memory.MemoryQueue;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.RecordConfig;
import io.grizz.postgres.SessionScope;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import io.grizz.worker.InlineWorker;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A queue and its workers, opened together and closed in reverse.
 *
 * <p><b>Threads.</b> Safe for any number of threads. Calls block on the network.
 */
public final class Grizz implements AutoCloseable {

  private static final Duration FIRST_LOOK = Duration.ofMillis(2);
  private static final Duration LAST_LOOK = Duration.ofMillis(50);

  private final QueueConfig config;
  private final JobQueue queue;
  private final JobEvent.Listener listener;
  private final Supplier<ConnectionNumbers> connections;
  private final JobIds ids = new JobIds(InstantSource.system(), RandomGenerator.of("SecureRandom"));
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private Grizz(JobQueue queue, QueueConfig config, JobEvent.Listener listener) {
    this(queue, config, listener, () -> ConnectionNumbers.NONE);
  }

  private Grizz(
      JobQueue queue,
      QueueConfig config,
      JobEvent.Listener listener,
      Supplier<ConnectionNumbers> connections) {
    this.config = config;
    this.queue = queue;
    this.listener = listener;
    this.connections = connections;
    open.push(queue);
  }

  /** Opens a queue. */
  public static Grizz open(RedisConfig redis, QueueConfig config) {
    return open(redis, config, JobEvent.Listener.NONE);
  }

  /** Opens a queue, with somebody who hears of all that is sent and run through this. */
  public static Grizz open(RedisConfig redis, QueueConfig config, JobEvent.Listener listener) {
    RedisQueue queue = RedisQueue.open(redis, config, listener);
    return new Grizz(queue, config, listener, queue::connections);
  }

  /** Opens a queue on a Redis of yours. */
  public static Grizz open(URI redis, QueueConfig config) {
    return open(RedisConfig.at(redis), config);
  }

  /** Opens a queue on a Redis that is started now, and whose data go when this is closed. */
  public static Grizz temporary(QueueConfig config) {
    EmbeddedRedis redis = EmbeddedRedis.temporary();
    Grizz grizz = open(redis.uri(), config);
    grizz.open.addLast(redis);
    return grizz;
  }

  /**
   * Opens a queue in this process's memory, for tests: all of the queue but its durability.
   *
   * @param clock decides what is due; with a {@code ManualClock}, the test does
   */
  public static Grizz inMemory(QueueConfig config, InstantSource clock) {
    return new Grizz(MemoryQueue.open(config, clock), config, JobEvent.Listener.NONE);
  }

  /**
   * Conversations on this queue, recorded in Postgres; they close before it does. Connects at the
   * first call, so that a program may start before Postgres.
   */
  public Chats chats(PostgresConfig postgres, RecordConfig record, ChatConfig config) {
    return chats(SessionScope.open(postgres), record, config);
  }

  /** The same on a scope of yours, which closes with the conversations. */
  public Chats chats(SessionScope scope, RecordConfig record, ChatConfig config) {
    Chats chats = Chats.open(this, scope, record, config);
    open.push(chats);
    return chats;
  }

  Leases leases() {
    return config.leases();
  }

  /** The queue, for all that this class has no short form of. */
  public JobQueue queue() {
    return queue;
  }

  /** What the pool of connections does at this moment; a queue in memory has none. */
  public ConnectionNumbers connections() {
    return connections.get();
  }

  /** Starts a worker in this process; it ends with {@link #close}. */
  public Worker work(WorkerConfig workerConfig, Map<String, Handler> handlers) {
    Worker worker =
        Worker.of(queue, "embedded-" + ids.next(), config.leases(), workerConfig, handlers)
            .heardBy(listener);
    open.push(worker);
    worker.start();
    return worker;
  }

  /**
   * Runs what may run now, one job after the other on the calling thread, until nothing is left
   * that is due, as a standard worker without threads. For tests, which say when.
   *
   * @param handlers by job type
   * @param ran hears of each run, and what its handler decided; one that threw has decided a retry
   * @throws IllegalStateException when a job waits that has no handler; it goes on waiting
   */
  public void drain(Map<String, Handler> handlers, BiConsumer<Lease, Outcome> ran)
      throws InterruptedException {
    try (Consumer consumer = queue.join("drain-" + ids.next())) {
      new InlineWorker(consumer, handlers).drain(ran);
    }
  }

  /** A new id for a job: unique, and larger than those before it. */
  public UUID newId() {
    return ids.next();
  }

  /** A new job of this type, that may run at once; {@code payload} is JSON text. */
  public Job job(String type, String payload) {
    return Job.of(ids.next(), type, payload);
  }

  /** Enqueues a new job of this type, and says what became of it. */
  public Receipt enqueue(String type, String payload) {
    return queue.enqueue(job(type, payload));
  }

  /**
   * Waits for a job to end.
   *
   * @throws TimeoutException when it has not ended within {@code atMost}; it goes on
   * @throws IllegalArgumentException when the queue does not know the job
   */
  public JobView await(UUID job, Duration atMost) throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + atMost.toNanos();
    Duration pause = FIRST_LOOK;
    while (true) {
      JobView view =
          queue
              .find(job)
              .orElseThrow(() -> new IllegalArgumentException("the queue knows no job " + job));
      if (view.state().terminal()) {
        return view;
      }
      if (System.nanoTime() >= end) {
        throw new TimeoutException("job " + job + " is " + view.state() + " after " + atMost);
      }
      Thread.sleep(pause);
      pause = pause.multipliedBy(2).compareTo(LAST_LOOK) < 0 ? pause.multipliedBy(2) : LAST_LOOK;
    }
  }

  /**
   * Stops the workers, releasing what they run, then closes the queue. Closing twice is harmless.
   */
  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
