package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.Answer;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.Finished;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.JobState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/** A record in a database of its own, on a clock that only the test moves. */
final class RecordFixture implements AutoCloseable {

  static final Usage USAGE = new Usage("gpt-x", "stop", 12, 34, 5, 6, false, 789, 120, 950);

  final UUID alice = UUID.randomUUID();
  final UUID bob = UUID.randomUUID();
  final SessionScope scope;
  final PostgresRecord record;
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-03-04T12:00:00Z"));
  private final InstantSource clock = now::get;

  RecordFixture(TestPostgres.Server server) {
    this(server, RecordConfig.DEFAULTS);
  }

  RecordFixture(TestPostgres.Server server, RecordConfig config) {
    this.scope = SessionScope.open(server.migrated());
    this.record = recordWith(config);
  }

  /** Another process on the same tables. */
  PostgresRecord recordWith(RecordConfig config) {
    return new PostgresRecord(scope, config, UUID::randomUUID, clock);
  }

  void pass(Duration time) {
    now.updateAndGet(it -> it.plus(time));
  }

  Instant now() {
    return now.get();
  }

  RecordedJob accepted(ChatMessage message) {
    Acceptance acceptance = record.accept(message);
    assertThat(acceptance).isInstanceOf(Acceptance.Accepted.class);
    return ((Acceptance.Accepted) acceptance).job();
  }

  RecordedJob asked(UUID user, String text) {
    return accepted(message(user, text));
  }

  /** The next of the conversation, by the end of the one before. */
  Optional<RecordedJob> answered(RecordedJob job, long epoch, String text) {
    record.begin(job.id(), epoch);
    Finished finished = record.finish(job.id(), epoch, done(text));
    assertThat(finished).isInstanceOf(Finished.Closed.class);
    return ((Finished.Closed) finished).next();
  }

  JobState state(RecordedJob job) {
    return record.job(job.user(), job.id()).orElseThrow().state();
  }

  static ChatMessage message(UUID user, String text) {
    return new ChatMessage(
        user, Optional.empty(), ZoneOffset.UTC, UUID.randomUUID(), text, OnBusy.ENQUEUE, "{}");
  }

  static ChatMessage with(ChatMessage it, OnBusy onBusy) {
    return new ChatMessage(
        it.user(), it.conversation(), it.zone(), it.key(), it.text(), onBusy, it.request());
  }

  static ChatMessage in(ChatMessage it, UUID conversation) {
    return new ChatMessage(
        it.user(),
        Optional.of(conversation),
        it.zone(),
        it.key(),
        it.text(),
        it.onBusy(),
        it.request());
  }

  static ChatMessage in(ChatMessage it, ZoneId zone) {
    return new ChatMessage(
        it.user(), it.conversation(), zone, it.key(), it.text(), it.onBusy(), it.request());
  }

  static Answer done(String text) {
    return new Answer(JobState.COMPLETED, "", text, USAGE);
  }

  static Answer failed(String code, String text) {
    return new Answer(JobState.DEAD, code, text, Usage.NONE);
  }

  static Answer cancelled(String text) {
    return new Answer(JobState.CANCELLED, "", text, Usage.NONE);
  }

  @Override
  public void close() {
    scope.close();
  }
}
