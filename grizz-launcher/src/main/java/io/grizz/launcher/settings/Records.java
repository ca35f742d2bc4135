package io.grizz.launcher.settings;

import io.grizz.api.QueueConfig;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.QueueConfig.Retention;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.ChatConfig.Batch;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.RecordConfig;
import io.grizz.redis.RedisConfig;
import io.grizz.worker.RetryPolicy;
import io.grizz.worker.WorkerConfig;
import java.net.URI;
import java.time.Duration;

/**
 * Settings as the records of the rooms that need them. Each record checks its values, and says
 * which key is at fault.
 */
public final class Records {

  private final Settings settings;

  public Records(Settings settings) {
    this.settings = settings;
  }

  public QueueConfig queue() {
    return new QueueConfig(
        text("queue.name"),
        new Leases(
            time("queue.lease"), time("queue.renew"), time("queue.reap"), time("queue.block")),
        number("queue.capacity"),
        number("queue.soft-limit"),
        number("worker.crashes"),
        new Retention(time("queue.keep"), time("output.keep"), time("queue.keep-keys")));
  }

  public RedisConfig redis() {
    return new RedisConfig(
        address("redis.url"),
        number("redis.connections"),
        time("redis.connect-timeout"),
        time("redis.reply-timeout"));
  }

  public WorkerConfig worker() {
    return new WorkerConfig(
        number("worker.concurrency"),
        new RetryPolicy(
            number("worker.attempts"), time("worker.backoff"), time("worker.backoff-cap")),
        time("worker.attempt-timeout"),
        time("worker.no-progress"),
        time("worker.unknown-type"));
  }

  public ChatConfig chat() {
    return new ChatConfig(
        text("model.name"),
        text("chat.system-prompt"),
        number("chat.history"),
        new Batch(time("output.flush"), number("output.flush-chars")),
        new Batch(time("output.snapshot"), number("output.snapshot-chars")),
        time("record.patience"));
  }

  /** The database, for a process that may have as many sessions as {@code poolKey} says. */
  public PostgresConfig database(String poolKey) {
    PostgresConfig config =
        PostgresConfig.parse(text("database.url"))
            .withPoolSize(number(poolKey))
            .withPatience(time("session.wait"))
            .withTimeouts(time("session.statement-timeout"), time("session.idle-timeout"));
    Setting pooling = settings.get("session.pooling");
    return pooling.optional().isEmpty()
        ? config
        : config.withPooling(pooling.choice(PostgresConfig.Pooling.class));
  }

  public RecordConfig record() {
    return new RecordConfig(
        number("limits.in-flight"),
        number("record.backlog"),
        time("record.unsent-after"),
        time("record.claim"),
        time("record.cancel-claim"));
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
    Setting setting = settings.get(key);
    try {
      return URI.create(setting.text());
    } catch (IllegalArgumentException e) {
      throw setting.wrong("an address");
    }
  }
}
