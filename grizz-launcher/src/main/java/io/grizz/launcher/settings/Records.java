package io.grizz.launcher.settings;

import io.grizz.api.ConfigException;
import io.grizz.api.FailurePolicy;
import io.grizz.api.ProviderLimits;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.QueueConfig.Retention;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.ChatConfig.Batch;
import io.grizz.chat.ChatConfig.Flush;
import io.grizz.chat.Prices;
import io.grizz.launcher.gateway.GatewayConfig;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.launcher.offline.OfflineConfig;
import io.grizz.launcher.supervise.SupervisorConfig;
import io.grizz.model.ModelConfig;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.RecordConfig;
import io.grizz.redis.RedisConfig;
import io.grizz.worker.RetryPolicy;
import io.grizz.worker.WorkerConfig;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Settings as the records of the rooms that need them. Each record checks its values, and says
 * which key is at fault.
 */
public final class Records {

  private static final int MOST_WORKERS = 64;
  private static final int MOST_OF_WEB = 8;

  // why any: the launcher checks all that is set besides before it knows where these are
  private static final URI EMBEDDED_REDIS = URI.create("redis://127.0.0.1");
  private static final String EMBEDDED_POSTGRES = "postgresql://grizz@127.0.0.1/grizz";

  private final Settings settings;

  public Records(Settings settings) {
    this.settings = settings;
  }

  /**
   * Builds every record once, so that a bad value is found before anything starts.
   *
   * @throws ConfigException that names the first bad value
   */
  public void check() {
    queue();
    worker();
    chat();
    record();
    model();
    offline();
    providerLimits();
    supervisor();
    workers();
    redis();
    database("session.pool-size-web");
    database("session.pool-size-worker");
    sessionLimit();
  }

  public QueueConfig queue() {
    return new QueueConfig(
        text("queue.name"),
        new Leases(
            time("queue.lease"), time("queue.renew"), time("queue.reap"), time("queue.block")),
        number("queue.capacity"),
        number("queue.soft-limit"),
        number("worker.crashes"),
        new Retention(
            time("job.max-age"),
            time("queue.keep"),
            time("output.keep"),
            time("queue.keep-keys"),
            number("queue.dead-letters"),
            number("queue.keep-most")));
  }

  public RedisConfig redis() {
    Setting url = settings.get("redis.url");
    URI uri = url.optional().isPresent() ? url.address() : EMBEDDED_REDIS;
    if (!dev()) {
      Elsewhere.redis(uri);
    }
    return new RedisConfig(
        uri,
        settings.get("redis.connections").optional().isPresent()
            ? number("redis.connections")
            : RedisConfig.connectionsFor(number("worker.concurrency")),
        time("redis.connect-timeout"),
        time("redis.reply-timeout"),
        time("redis.health-check"));
  }

  /**
   * Redis for a web process: unless it is set, few connections, whatever the number of clients. The
   * doorbell has one of its own besides.
   */
  public RedisConfig redisOfWeb() {
    RedisConfig redis = redis();
    return settings.get("redis.connections").optional().isPresent()
        ? redis
        : redis.withConnections(Math.min(redis.connections(), MOST_OF_WEB));
  }

  public WorkerConfig worker() {
    return new WorkerConfig(
        number("worker.concurrency"),
        new RetryPolicy(
            number("worker.attempts"), time("worker.backoff"), time("worker.backoff-cap")),
        Map.of(),
        FailurePolicy.RETRY,
        new WorkerConfig.Timeouts(
            time("worker.attempt-timeout"),
            time("worker.no-progress"),
            time("worker.unknown-type")),
        new WorkerConfig.Stuck(time("worker.stuck-after"), number("worker.stuck-most")));
  }

  public ChatConfig chat() {
    return new ChatConfig(
        new ChatConfig.Model(
            text("model.name"),
            number("model.answer-tokens"),
            Prices.parse(settings.get("model.prices").list())),
        text("chat.system-prompt"),
        new ChatConfig.History(number("chat.history"), number("chat.history-tokens")),
        new Flush(time("output.flush"), time("output.flush-most"), number("output.flush-chars")),
        new Batch(time("output.snapshot"), number("output.snapshot-chars")),
        time("record.patience"));
  }

  /** The database, for a process that may have as many sessions as {@code poolKey} says. */
  public PostgresConfig database(String poolKey) {
    int sessions = number(poolKey);
    ConfigException.require(sessions >= 1, poolKey, sessions, "1 or more");
    PostgresConfig config =
        PostgresConfig.parse(settings.get("database.url").optional().orElse(EMBEDDED_POSTGRES))
            .withPoolSize(sessions)
            .withPatience(time("session.wait"))
            .withTimeouts(time("session.statement-timeout"), time("session.idle-timeout"));
    if (!dev()) {
      Elsewhere.database(config.uri());
    }
    Setting pooling = settings.get("session.pooling");
    return pooling.optional().isEmpty()
        ? config
        : config.withPooling(pooling.choice(PostgresConfig.Pooling.class));
  }

  /** How many sessions the database has for us, if the operator says. */
  public OptionalInt sessionLimit() {
    Optional<Integer> said = settings.get("session.limit").optionally(Setting::integer);
    said.ifPresent(it -> ConfigException.require(it >= 1, "session.limit", it, "1 or more"));
    return said.isPresent() ? OptionalInt.of(said.get()) : OptionalInt.empty();
  }

  public RecordConfig record() {
    return new RecordConfig(
        new RecordConfig.PerUser(
            number("limits.in-flight"),
            settings.get("limits.day-tokens").optionally(Setting::integer).map(Long::valueOf),
            settings.get("limits.day-cost").optionally(Setting::micros)),
        number("record.backlog"),
        time("record.unsent-after"),
        time("record.claim"),
        time("record.cancel-claim"),
        new RecordConfig.Keep(time("record.keep"), time("record.keep-usage")));
  }

  /** What all workers together may ask of the model's provider. */
  public ProviderLimits.Bounds providerLimits() {
    return new ProviderLimits.Bounds(
        settings.get("limits.provider-requests").optionally(Setting::integer),
        settings.get("limits.provider-tokens").optionally(Setting::integer),
        settings.get("limits.provider-calls").optionally(Setting::integer));
  }

  /** The model, or the server that stands in for one. */
  public ModelConfig model() {
    Setting url = settings.get("model.url");
    URI uri = url.optional().isPresent() ? address("model.url") : ModelConfig.OPENAI;
    Optional<String> key = settings.get("model.key").optional();
    if (key.isPresent()) {
      Elsewhere.model(uri, settings.get("model.key-hosts").list());
    }
    return new ModelConfig(
        uri,
        key,
        new ModelConfig.Patience(
            time("model.connect-timeout"),
            time("model.first-token"),
            time("model.gap"),
            time("model.total")));
  }

  /** The model that stands in for one. */
  public OfflineConfig offline() {
    int rate = number("offline.rate");
    ConfigException.require(rate >= 1, "offline.rate", rate, "1 or more");
    return new OfflineConfig(time("offline.first-token"), rate);
  }

  /** The doors; the secret may be one that Grizz made. */
  public GatewayConfig gateway(Auth auth, boolean offlineModel) {
    return new GatewayRecords(settings).gateway(auth, offlineModel);
  }

  /** Which tokens are good. */
  public Auth auth(String secret, boolean generated) {
    return new GatewayRecords(settings).auth(secret, generated);
  }

  public SupervisorConfig supervisor() {
    try {
      return new SupervisorConfig(
          number("launch.restarts"),
          time("launch.health"),
          time("launch.backoff"),
          time("launch.backoff-cap"),
          time("launch.heartbeat"),
          time("launch.stop"));
    } catch (IllegalArgumentException e) {
      throw new ConfigException("launch", "inconsistent", String.valueOf(e.getMessage()));
    }
  }

  /** Worker processes, 1 to 64. */
  public int workers() {
    int workers = number("launch.workers");
    ConfigException.require(
        workers >= 1 && workers <= MOST_WORKERS, "launch.workers", workers, "1 to " + MOST_WORKERS);
    return workers;
  }

  private String text(String key) {
    return settings.get(key).text();
  }

  private int number(String key) {
    return settings.get(key).integer();
  }

  private Duration time(String key) {
    return settings.get(key).duration();
  }

  private URI address(String key) {
    return settings.get(key).address();
  }

  private boolean dev() {
    return settings.get("gateway.dev").flag();
  }
}
