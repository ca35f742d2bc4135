package io.grizz.launcher.telemetry;

import io.grizz.api.ConnectionNumbers;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.ModelCall;
import io.grizz.api.QueueStats;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Receipt;
import io.grizz.api.SessionEvent;
import io.grizz.api.SessionEvent.PoolNumbers;
import io.grizz.api.WorkerView;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * What a process counts and measures, as text for Prometheus. Tags are codes and names of ours:
 * never an id, a user, or anything that a client wrote.
 *
 * <p><b>Threads.</b> Safe for any number of threads. {@link #text} asks the stores that are
 * watched, and holds no lock while it does.
 */
public final class Meters implements JobEvent.Listener, SessionEvent.Listener {

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final List<Supplier<Runnable>> questions = new CopyOnWriteArrayList<>();
  private final Object lock = new Object();
  private boolean watchesJvm;

  /**
   * @param process whose meters these are, for a tag of that name
   */
  public Meters(String process) {
    registry.config().commonTags("process", process);
  }

  /** All of it, as it is now. */
  public String text() {
    // why first: the stores are asked, and a store that is slow holds up nobody else's look
    List<Runnable> answers = questions.stream().map(Supplier::get).toList();
    synchronized (lock) {
      if (!watchesJvm) {
        watchesJvm = true;
        watchJvm();
      }
      answers.forEach(Runnable::run);
      return registry.scrape();
    }
  }

  /** Only when somebody looks: a start has better things to do than to find all of its beans. */
  private void watchJvm() {
    List.of(
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics())
        .forEach(each -> each.bindTo(registry));
  }

  /** Measures one number whenever somebody asks. */
  public void gauge(String name, String help, Supplier<Number> number) {
    Gauge.builder(name, number).description(help).register(registry);
  }

  /** Measures one number for each value of a tag; the values may change. */
  public void gauges(
      String name, String help, String tag, Supplier<? extends Map<String, ? extends Number>> all) {
    MultiGauge gauge = MultiGauge.builder(name).description(help).register(registry);
    questions.add(() -> {
      List<Row<?>> rows = rows(tag, all.get());
      return () -> gauge.register(rows, true);
    });
  }

  /** Shows counts that are kept elsewhere, one for each value of a tag. */
  public void counts(String name, String help, String tag, Supplier<Map<String, Long>> all) {
    Set<String> known = ConcurrentHashMap.newKeySet();
    questions.add(() -> {
      List<String> news = all.get().keySet().stream().filter(known::add).toList();
      return () ->
          news.forEach(each ->
              FunctionCounter.builder(name, all, it -> it.get().getOrDefault(each, 0L))
                  .description(help)
                  .tag(tag, each)
                  .register(registry));
    });
  }

  /** Measures a queue and its workers; while it does not answer, {@code grizz.queue.up} is 0. */
  public void watch(JobQueue queue) {
    Standing standing = new Standing(queue);
    questions.addFirst(standing::look);
    gauge("grizz.queue.up", "Whether the queue answers: 1 or 0", standing::up);
    gauges("grizz.queue.jobs", "Jobs by their state", "state", standing::jobs);
    gauge(
        "grizz.queue.oldest.waiting.seconds",
        "How long the oldest job that may run has waited",
        standing::oldestSeconds);
    gauge("grizz.queue.dead.dropped", "Dead letters beyond their bound", standing::dropped);
    gauge("grizz.workers.seen", "Workers that the queue has heard of", standing::seen);
    gauges("grizz.worker.jobs", "Jobs that a worker holds", "worker", standing::held);
  }

  /** Measures a pool of database sessions. */
  public void watch(Supplier<PoolNumbers> pool) {
    gauges("grizz.sessions", "Database sessions by their state", "state", () -> sessions(pool));
    gauge("grizz.sessions.most", "Most database sessions", () -> pool.get().size());
    gauge(
        "grizz.sessions.longest.seconds",
        "For how long the session in use for longest has been so",
        () -> pool.get().longest().toMillis() / 1000.0);
  }

  /** Measures a pool of connections to Redis, by its name. */
  public void watchConnections(String pool, Supplier<ConnectionNumbers> numbers) {
    MultiGauge gauge =
        MultiGauge.builder("grizz.redis.connections")
            .description("Connections to Redis by their state")
            .tag("pool", pool)
            .register(registry);
    questions.add(() -> {
      ConnectionNumbers now = numbers.get();
      List<Row<?>> rows = rows("state", states(now.active(), now.idle(), now.waiting()));
      return () -> gauge.register(rows, true);
    });
    Gauge.builder("grizz.redis.connections.most", () -> numbers.get().size())
        .description("Most connections to Redis")
        .tag("pool", pool)
        .register(registry);
  }

  @Override
  public void on(JobEvent event) {
    switch (event) {
      case JobEvent.Enqueued enqueued ->
          count("grizz.jobs.enqueued", "outcome", outcome(enqueued.receipt()));
      case JobEvent.CancelAsked asked -> registry.counter("grizz.jobs.cancel.asked").increment();
      case JobEvent.Started started ->
          count("grizz.jobs.started", "type", started.lease().job().type());
      case JobEvent.Emitted emitted -> registry.counter("grizz.events.emitted").increment();
      case JobEvent.Ended ended ->
          registry
              .timer(
                  "grizz.job.run",
                  Tags.of(
                      Tag.of("type", ended.lease().job().type()),
                      Tag.of("settlement", word(ended.settlement()))))
              .record(ended.ran());
      case JobEvent.Fenced fenced -> registry.counter("grizz.jobs.fenced").increment();
      case JobEvent.Stuck stuck -> registry.counter("grizz.jobs.stuck").increment();
      case JobEvent.RecyclingAsked asked -> registry.counter("grizz.recycling.asked").increment();
      case JobEvent.Reaped reaped -> {
        registry.counter("grizz.jobs.reaped").increment(reaped.jobs().again());
        registry.counter("grizz.jobs.poisoned").increment(reaped.jobs().poisoned());
      }
      case JobEvent.StoreAway away -> count("grizz.store.away", "loop", away.loop());
      case JobEvent.Tended tended -> registry.counter("grizz.tended").increment();
      case JobEvent.Gauged gauged -> registry.counter("grizz.gauged").increment();
      case JobEvent.StoreBack back -> count("grizz.store.back", "loop", back.loop());
    }
  }

  @Override
  public void on(SessionEvent event) {
    switch (event) {
      case SessionEvent.Acquired acquired ->
          registry.timer("grizz.session.wait").record(acquired.waited());
      case SessionEvent.Released released ->
          registry
              .timer("grizz.session.use", "transaction", released.name())
              .record(released.used());
      case SessionEvent.TimedOut late -> registry.counter("grizz.session.timeouts").increment();
      case SessionEvent.Overdue overdue -> registry.counter("grizz.session.overdue").increment();
      case SessionEvent.Committing committing -> {
        // why: it is released next, which counts it
      }
    }
  }

  /**
   * Counts a call of a model by the names of OpenTelemetry's conventions for generative AI, where
   * an error that there was none of is an empty tag.
   *
   * @see <a href="https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/">the names</a>
   */
  public void on(ModelCall call) {
    Tags tags = Tags.of("gen_ai.operation.name", "chat", "gen_ai.request.model", call.model());
    registry
        .timer("gen_ai.client.operation.duration", tags.and("error.type", call.error()))
        .record(call.took());
    call.answered()
        .ifPresent(answered -> {
          registry
              .timer("gen_ai.client.operation.time_to_first_chunk", tags)
              .record(answered.firstToken());
          tokens(tags.and("gen_ai.token.type", "input"), answered.input());
          tokens(tags.and("gen_ai.token.type", "output"), answered.output());
        });
  }

  private void tokens(Tags tags, int count) {
    registry.summary("gen_ai.client.token.usage", tags).record(count);
  }

  private void count(String name, String tag, String value) {
    registry.counter(name, tag, value).increment();
  }

  private static List<Row<?>> rows(String tag, Map<String, ? extends Number> all) {
    return all.entrySet().stream()
        .<Row<?>>map(each -> Row.of(Tags.of(tag, each.getKey()), each.getValue()))
        .toList();
  }

  private static Map<String, Integer> sessions(Supplier<PoolNumbers> pool) {
    PoolNumbers now = pool.get();
    return states(now.active(), now.idle(), now.waiting());
  }

  private static Map<String, Integer> states(int active, int idle, int waiting) {
    return Map.of("active", active, "idle", idle, "waited_for", waiting);
  }

  private static String outcome(Receipt receipt) {
    return switch (receipt) {
      case Receipt.Accepted accepted -> accepted.pressured() ? "pressured" : "accepted";
      case Receipt.Duplicate duplicate -> "duplicate";
      case Receipt.Conflict conflict -> "conflict";
      case Receipt.Overloaded overloaded -> "overloaded";
    };
  }

  /** A kind of settlement, as one word. */
  private static String word(Object settlement) {
    return settlement.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** A queue as it was when somebody last asked. */
  private static final class Standing {

    private static final Seen NOTHING = new Seen(Optional.empty(), List.of());

    private final JobQueue queue;
    private volatile Seen seen = NOTHING;

    private record Seen(Optional<QueueStats> stats, List<WorkerView> workers) {}

    Standing(JobQueue queue) {
      this.queue = queue;
    }

    /** Asks; there is nothing to be changed then, since gauges look here. */
    Runnable look() {
      try {
        seen = new Seen(Optional.of(queue.stats()), queue.workers());
      } catch (QueueUnavailableException e) {
        // why: that it is away is what is measured then
        seen = NOTHING;
      }
      return () -> {};
    }

    int up() {
      return seen.stats().isPresent() ? 1 : 0;
    }

    Map<String, Long> jobs() {
      return seen.stats()
          .map(now ->
              Map.of(
                  "waiting", now.waiting(),
                  "running", now.running(),
                  "scheduled", now.scheduled(),
                  "dead", now.dead()))
          .orElse(Map.of());
    }

    double oldestSeconds() {
      return seen.stats().map(now -> now.oldestWaiting().toMillis() / 1000.0).orElse(Double.NaN);
    }

    double dropped() {
      return seen.stats().map(now -> (double) now.overflow()).orElse(Double.NaN);
    }

    int seen() {
      return seen.workers().size();
    }

    /** By the name of the process, which outlives its incarnations. */
    Map<String, Integer> held() {
      Map<String, Integer> held = new TreeMap<>();
      seen.workers()
          .forEach(it ->
              held.merge(it.incarnation().replaceFirst("-[^-]*$", ""), it.running(), Integer::sum));
      return held;
    }
  }
}
