package io.grizz;

import io.grizz.api.ChatRecord;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.api.SessionEvent.PoolNumbers;
import io.grizz.chat.Chat;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.ChatHandler;
import io.grizz.chat.Repair;
import io.grizz.model.ChatModel;
import io.grizz.postgres.PostgresRecord;
import io.grizz.postgres.RecordConfig;
import io.grizz.postgres.SessionScope;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.time.InstantSource;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Conversations on a queue, with a record in Postgres: the sender's side and the worker's.
 *
 * <p><b>Threads.</b> Safe for any number of threads. Close the workers before this, and this before
 * the {@link Grizz} that it stands on.
 */
public final class Chats implements AutoCloseable {

  private final JobQueue queue;
  private final Leases leases;
  private final SessionScope scope;
  private final ChatRecord record;
  private final RecordConfig records;
  private final ChatConfig config;
  private final Chat chat;

  private Chats(Grizz grizz, SessionScope scope, RecordConfig records, ChatConfig config) {
    this.queue = grizz.queue();
    this.leases = grizz.leases();
    this.scope = scope;
    JobIds ids = new JobIds(InstantSource.system(), RandomGenerator.of("SecureRandom"));
    this.record = new PostgresRecord(scope, records, ids::next, InstantSource.system());
    this.records = records;
    this.config = config;
    this.chat = new Chat(record, queue, config);
  }

  static Chats open(Grizz grizz, SessionScope scope, RecordConfig config, ChatConfig chats) {
    return new Chats(grizz, scope, config, chats);
  }

  /** What the pool of database sessions does at this moment. */
  public PoolNumbers sessions() {
    return scope.numbers();
  }

  /** The record. */
  public ChatRecord record() {
    return record;
  }

  /** The sender's side. */
  public Chat chat() {
    return chat;
  }

  /** A loop that makes record and queue agree; it is the caller's to start and to close. */
  public Repair repair() {
    return new Repair(
        record,
        queue,
        chat,
        new Repair.Kept(records.keep().jobs(), records.keep().usage()),
        InstantSource.system());
  }

  /** A worker that answers; it is the caller's to start and to drain. */
  public Worker worker(Post post, ChatModel model, WorkerConfig workers) {
    ChatHandler handler = new ChatHandler(record, chat, model, config, post.name());
    return Worker.of(queue, post.incarnation(), leases, workers, Map.of(Chat.TYPE, handler));
  }

  /**
   * Which process a worker is.
   *
   * @param name as people know it
   * @param incarnation unique for each start
   */
  public record Post(String name, String incarnation) {}

  @Override
  public void close() {
    scope.close();
  }
}
