package io.grizz.chat;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.Message;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.Handler;
import io.grizz.api.JobQueue;
import io.grizz.api.OutputPage;
import io.grizz.api.OutputPage.Snapshot;
import io.grizz.api.QueueConfig;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.json.Json;
import io.grizz.model.ChatModel;
import io.grizz.model.ChatRequest;
import io.grizz.model.ScriptedModel;
import io.grizz.postgres.PostgresRecord;
import io.grizz.postgres.RecordConfig;
import io.grizz.postgres.ScopeGuard;
import io.grizz.postgres.SessionScope;
import io.grizz.postgres.TestPostgres;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import io.grizz.worker.RetryPolicy;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.core.ConditionFactory;
import redis.clients.jedis.Jedis;

/** Everything that answers a message, on a real Redis and a real Postgres, but for the model. */
final class ChatFixture implements AutoCloseable {

  private static final QueueConfig QUEUE = QueueConfig.named("chats");
  private static final WorkerConfig WORKERS =
      WorkerConfig.STANDARD.withRetries(new RetryPolicy(2, ofMillis(1), ofMillis(1)));
  static final ChatConfig CHATS =
      new ChatConfig(
          new ChatConfig.Model(
              "m-0", 100, Prices.parse(List.of("m-0 1.00 0.10 4.00", "m-1 2.00 1.00 8.00"))),
          "Be kind.",
          new ChatConfig.History(40, 200),
          ChatConfig.STANDARD.flush(),
          ChatConfig.STANDARD.snapshot(),
          ofMillis(20));

  private static final Repair.Kept KEPT =
      new Repair.Kept(RecordConfig.DEFAULTS.keep().jobs(), RecordConfig.DEFAULTS.keep().usage());

  final UUID user = UUID.randomUUID();
  final EmbeddedRedis redis = EmbeddedRedis.temporary();
  final JobQueue queue;
  final ScriptedModel model = new ScriptedModel();
  final PostgresRecord record;
  final Chat chat;
  final Repair repair;
  final SessionScope scope;
  private final ScopeGuard guard;
  private final List<Worker> workers = new ArrayList<>();
  private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

  ChatFixture(TestPostgres.Server postgres) {
    this.scope = SessionScope.open(postgres.migrated().withPatience(ofSeconds(1)));
    this.guard = new ScopeGuard(scope);
    this.queue = guard.around(RedisQueue.open(RedisConfig.at(redis.uri()), QUEUE));
    this.record = recordIn(scope);
    this.chat = new Chat(record, queue, CHATS);
    this.repair = new Repair(record, queue, chat, KEPT, this::now);
  }

  /** Another entrance to the same conversations, with other bounds. */
  Chat chatWith(RecordConfig config) {
    return new Chat(new PostgresRecord(scope, config, UUID::randomUUID, this::now), queue, CHATS);
  }

  /** A record on the fixture's clock, wherever its tables are. */
  PostgresRecord recordIn(SessionScope tables) {
    return new PostgresRecord(tables, RecordConfig.DEFAULTS, UUID::randomUUID, this::now);
  }

  Instant now() {
    return Instant.now().plus(ahead.get());
  }

  /** Moves the record's clock on; the queue's is the server's own. */
  void pass(Duration time) {
    ahead.updateAndGet(it -> it.plus(time));
  }

  /** Until the record knows that the queue has the job. */
  void awaitNoted(RecordedJob job) {
    await()
        .until(() ->
            scope.read(
                "noted",
                session ->
                    session.one(
                        "select sent_at is not null as noted from grizz.jobs where id = ?",
                        row -> row.flag("noted"),
                        job.id())));
  }

  /** Lets a task of repair come again that has had its turn. */
  void turnAgain(String task) {
    try (Jedis jedis = new Jedis(redis.uri())) {
      jedis.del("grizz:{chats}:turn:" + task);
    }
  }

  /** Repair as a minute later, whoever had its turns. */
  void repairAll() {
    pass(ofSeconds(61));
    turnAgain("repair-lost");
    repair.round();
  }

  /** Repair of another record, or of this one with something in between. */
  Repair repairOf(ChatRecord other) {
    return new Repair(other, queue, chat, KEPT, this::now);
  }

  ChatHandler handler(ChatRecord record, ChatModel model) {
    return new ChatHandler(record, chat, guard.around(model), CHATS, "worker-1");
  }

  void startWorker() {
    startWorker(handler(record, model));
  }

  void startWorker(Handler handler) {
    Worker worker =
        Worker.of(
            queue, "w-" + UUID.randomUUID(), QUEUE.leases(), WORKERS, Map.of(Chat.TYPE, handler));
    workers.add(worker);
    worker.start();
  }

  ChatMessage message(String text) {
    return new ChatMessage(
        user, Optional.empty(), ZoneOffset.UTC, UUID.randomUUID(), text, OnBusy.ENQUEUE, "{}");
  }

  ChatMessage message(String text, String request) {
    ChatMessage it = message(text);
    return new ChatMessage(
        it.user(), it.conversation(), it.zone(), it.key(), text, it.onBusy(), request);
  }

  /** Sends a message, which must be accepted. */
  RecordedJob send(String text) {
    return send(message(text));
  }

  RecordedJob send(ChatMessage message) {
    Acceptance acceptance = chat.send(message).orElseThrow();
    assertThat(acceptance).isInstanceOf(Acceptance.Accepted.class);
    return ((Acceptance.Accepted) acceptance).job();
  }

  /** How the job ended, once readers have been told, too. */
  Begun.Closed ended(RecordedJob job) {
    soon().until(() -> !ends(job).isEmpty());
    return record.closed(user, job.id()).orElseThrow();
  }

  /** The same for a job that the queue gives up on. */
  Begun.Closed endedByRepair(RecordedJob job) {
    soon()
        .until(() -> {
          repair.round();
          return !ends(job).isEmpty();
        });
    return record.closed(user, job.id()).orElseThrow();
  }

  /** The text as a reader has it who heard everything. */
  String shown(RecordedJob job) {
    OutputPage page = queue.output(job.id(), 0).orElseThrow();
    return Frames.text(page.snapshot().map(Snapshot::text).orElse(""), page.frames());
  }

  void awaitShown(RecordedJob job, String text) {
    soon().until(() -> shown(job).equals(text));
  }

  /** The events that the log still holds, in their order. */
  List<String> frames(RecordedJob job) {
    return queue.output(job.id(), 0).map(OutputPage::frames).orElse(List.of());
  }

  /** What the log's events are. */
  List<String> kinds(RecordedJob job) {
    return frames(job).stream().map(it -> field(it, "t")).toList();
  }

  /** The terminal events; one, if all is well. */
  List<String> ends(RecordedJob job) {
    return frames(job).stream()
        .filter(it -> List.of("done", "failed", "cancelled").contains(field(it, "t")))
        .toList();
  }

  /** What the user reads in the conversation later, oldest first. */
  List<String> conversation(RecordedJob job) {
    List<Message> newestFirst =
        record.messages(user, job.conversation(), Optional.empty(), 100).orElseThrow();
    return newestFirst.reversed().stream().map(it -> it.role() + ": " + it.text()).toList();
  }

  /** What the model was told at a call, from 0. */
  List<String> asked(int call) {
    return model.calls().get(call).messages().stream().map(ChatFixture::line).toList();
  }

  static String field(String frame, String name) {
    return Json.tree(frame).path(name).asText();
  }

  static ConditionFactory soon() {
    return await()
        .atMost(ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .pollInterval(ofMillis(10))
        .ignoreExceptions();
  }

  private static String line(ChatRequest.Message message) {
    return message.role() + ": " + message.content();
  }

  @Override
  public void close() {
    workers.forEach(Worker::close);
    queue.close();
    scope.close();
    redis.close();
  }
}
