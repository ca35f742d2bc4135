package io.grizz.launcher.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ConfigException;
import io.grizz.api.QueueConfig;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.Prices;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.launcher.settings.Settings.Flag;
import io.grizz.launcher.settings.Settings.Sources;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.PostgresConfig.Pooling;
import io.grizz.postgres.RecordConfig;
import io.grizz.redis.RedisConfig;
import io.grizz.worker.WorkerConfig;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The library's own defaults, and those of the shipped file, are the same. */
class RecordsTest {

  private static final Map<String, String> LOCAL =
      Map.of(
          "redis.url", "redis://127.0.0.1:6379",
          "database.url", "postgresql://u:p@localhost:5432/grizz",
          "model.key", "sk-x");

  @Test
  void shippedSettingsAreTheLibrarysDefaults() {
    Records records = records(Map.of());
    assertThat(records.queue()).isEqualTo(QueueConfig.named("grizz"));
    assertThat(records.worker()).isEqualTo(WorkerConfig.STANDARD);
    assertThat(records.chat().withPrices(Prices.NONE)).isEqualTo(ChatConfig.STANDARD);
    assertThat(records.chat().model().prices().models()).containsKey("gpt-4.1-mini");
    assertThat(records.record()).isEqualTo(RecordConfig.DEFAULTS);
    URI redis = URI.create("redis://127.0.0.1:6379");
    assertThat(records(Map.of("redis.url", redis.toString())).redis())
        .isEqualTo(RedisConfig.at(redis).forConcurrency(WorkerConfig.STANDARD.concurrency()));
    String database = "postgresql://u:p@127.0.0.1:5432/grizz";
    assertThat(records(Map.of("database.url", database)).database("session.pool-size-web"))
        .isEqualTo(PostgresConfig.parse(database).withPoolSize(4));
  }

  @Test
  void eachRecordSaysWhichKeyIsAtFault() {
    assertThatThrownBy(() -> records(Map.of("queue.soft-limit", "9000")).queue())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("queue.soft-limit");
    assertThatThrownBy(() -> records(Map.of("redis.url", "http://x y")).redis())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("redis.url");
  }

  @Test
  void boundsOfADayAreSaidInTokensAndDollars() {
    assertThat(
            records(Map.of("limits.day-tokens", "90000", "limits.day-cost", "0.50"))
                .record()
                .user())
        .isEqualTo(new RecordConfig.PerUser(3, Optional.of(90_000L), Optional.of(500_000L)));
    assertThatThrownBy(() -> records(Map.of("limits.day-cost", "0.0000001")).record())
        .hasMessageContaining("limits.day-cost");
    assertThatThrownBy(() -> records(Map.of("model.prices", "gpt 1")).chat())
        .hasMessageContaining("model.prices");
  }

  @ParameterizedTest
  @CsvSource({
    "redis.url, redis://:p@cache.example:6379, TLS",
    "redis.url, rediss://cache.example:6379, password",
    "redis.url, redis://127.0.0.1.evil.example:6379, password",
    "database.url, postgresql://u:p@db.example/grizz, TLS",
    "database.url, postgresql://u:p@db.example/grizz?sslmode=prefer, TLS",
    "database.url, postgresql://u@db.example/grizz?sslmode=verify-full, password",
    "model.url, https://elsewhere.example/v1, model.key-hosts",
    "model.url, http://api.openai.com/v1, https",
  })
  void serverElsewhereNeedsPasswordAndTlsAndToBeNamed(String key, String url, String rule) {
    Map<String, String> values = new LinkedHashMap<>(LOCAL);
    values.put(key, url);
    assertThatThrownBy(() -> records(values).check())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(rule)
        .hasMessageNotContaining(":p@");
  }

  @Test
  void safeServersAreAcceptedAndInDevelopmentUnsafeOnesToo() {
    records(LOCAL).check();
    records(
            Map.of(
                "redis.url", "rediss://:p@cache.example:6379",
                "database.url", "postgresql://u:p@db.example/grizz?sslmode=verify-full",
                "model.key", "sk-x",
                "model.url", "https://api.openai.com/v1"))
        .check();
    records(Map.of("redis.url", "redis://cache:6379", "gateway.dev", "true")).check();
  }

  @ParameterizedTest
  @CsvSource({
    "redis.connections, 0",
    "redis.reply-timeout, 0s",
    "session.pool-size-web, 0",
    "session.pool-size-worker, 0",
    "session.wait, 1ms",
    "session.statement-timeout, 0s",
    "limits.provider-calls, many",
    "limits.provider-requests, 0",
    "job.max-age, 0s",
    "offline.first-token, soon",
    "offline.rate, 0",
    "record.backlog, 0",
    "model.url, http://me:secret@127.0.0.1/v1",
    "launch.heartbeat, 999ms",
  })
  void badValueIsFoundBeforeAnythingStarts_alsoOfWhatIsEmbedded(String key, String value) {
    assertThatThrownBy(() -> records(Map.of(key, value)).check())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key)
        .hasMessageNotContaining("secret");
  }

  @Test
  void redisWithoutAPortHasTheUsualOne() {
    assertThat(records(Map.of("redis.url", "redis://localhost")).redis())
        .hasToString("redis://localhost:6379");
  }

  @Test
  void supabaseAddsItsIssuerItsKeysAndItsFiles() {
    Records records = records(Map.of("auth.supabase", "https://abc.supabase.co/"));
    Auth auth = records.auth("x".repeat(32), false);
    assertThat(auth.claims().issuers()).containsExactly("grizz", "https://abc.supabase.co/auth/v1");
    assertThat(auth.keys().orElseThrow().uri())
        .hasToString("https://abc.supabase.co/auth/v1/.well-known/jwks.json");
    assertThat(records.gateway(auth, false).offer().fileHosts()).containsExactly("abc.supabase.co");
  }

  @Test
  void poolingCanBeSaid() {
    Map<String, String> values =
        Map.of(
            "database.url",
            "postgresql://u:p@db:5432/grizz?sslmode=verify-full",
            "session.pooling",
            "transaction");
    assertThat(records(values).database("session.pool-size-worker").pooling())
        .isEqualTo(Pooling.TRANSACTION);
  }

  private static Records records(Map<String, String> values) {
    Map<String, Flag> flags = new LinkedHashMap<>();
    values.forEach((key, value) -> flags.put(key, new Flag(value, "--set")));
    return new Records(Settings.load(new Sources(List.of(), Map.of(), flags)));
  }
}
