package io.grizz.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What the border refuses, and how clearly it says why. */
class BadInputTest {

  private static final UUID ID = UUID.randomUUID();
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration NEGATIVE = Duration.ofMillis(-1);

  @Test
  void payloadIsJsonWithinItsLimitAndNeverQuoted() {
    refused(() -> Job.of(ID, "greet", "top secret"), "job.payload", "JSON", "secret");
    String tooLarge = "\"" + "ü".repeat(Job.PAYLOAD_LIMIT / 2) + "\"";
    refused(() -> Job.of(ID, "greet", tooLarge), "job.payload", "262146 bytes", "ü");
    assertThat(Job.of(ID, "greet", "\"" + "ü".repeat(Job.PAYLOAD_LIMIT / 2 - 1) + "\""))
        .isNotNull();
  }

  @Test
  void namesKeepTheirRules() {
    refused(() -> Job.of(ID, "Greet", "{}"), "job.type", "Greet");
    refused(() -> Job.of(ID, "a".repeat(65), "{}"), "job.type", "64");
    refused(() -> Job.Sender.ANONYMOUS.withKey(""), "job.idempotency-key", "1 to 255");
    refused(() -> Job.Output.streaming("a}b"), "job.log", "a}b");
    refused(() -> QueueConfig.named("a:b"), "queue.name", "a:b");
  }

  @Test
  void jobDoesNotExpireBeforeItMayRun() {
    refused(
        () -> new Job.Schedule(Optional.of(NOW), Optional.of(NOW.minusMillis(1))),
        "job.expires-at",
        "after job.run-at");
    refused(
        () -> new Job.Schedule(Optional.of(NOW), Optional.of(NOW)),
        "job.expires-at",
        "after job.run-at");
  }

  @Test
  void delaysAreNeverNegative() {
    refused(() -> new Outcome.Retry(Optional.of(NEGATIVE), "x"), "delay", "zero or more");
    refused(() -> new Outcome.Snooze(NEGATIVE, "x"), "delay", "zero or more");
    refused(() -> new Settlement.Retry(NEGATIVE, "x"), "delay", "zero or more");
    refused(() -> new Settlement.Snooze(NEGATIVE, "x"), "delay", "zero or more");
  }

  @Test
  void timesAreSuchAsAQueueCanCountWith() {
    Duration ever = ChronoUnit.FOREVER.getDuration();
    refused(() -> new Outcome.Retry(Optional.of(ever), "x"), "delay", "36500 days");
    refused(() -> new Outcome.Snooze(ever, "x"), "delay", "36500 days");
    refused(() -> new Settlement.Retry(ever, "x"), "delay", "36500 days");
    refused(() -> new Settlement.Snooze(ever, "x"), "delay", "36500 days");
    refused(() -> Job.Schedule.at(Instant.MAX), "job.run-at", "9999");
    refused(() -> Job.Schedule.at(Instant.MIN), "job.run-at", "1970");
    refused(
        () -> new Job.Schedule(Optional.empty(), Optional.of(Instant.MAX)),
        "job.expires-at",
        "9999");
  }

  private static void refused(ThrowingCallable call, String setting, String... says) {
    assertThatThrownBy(call)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(setting)
        .hasMessageContaining(says[0]);
    if (says.length > 1) {
      assertThatThrownBy(call).hasMessageNotContaining(says[1]);
    }
  }
}
