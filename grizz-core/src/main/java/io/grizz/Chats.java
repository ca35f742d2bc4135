package io.grizz;

import io.grizz.api.ChatRecord;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig.Leases;
import io.grizz.chat.Chat;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.ChatHandler;
import io.grizz.chat.Repair;
import io.grizz.model.ChatModel;
import io.grizz.postgres.PostgresConfig;
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
  private final Chat chat;

  private Chats(Grizz grizz, SessionScope scope, ChatRecord record) {
    this.queue = grizz.queue();
    this.leases = grizz.leases();
    this.scope = scope;
    this.record = record;
    this.chat = new Chat(record, queue);
  }

  /** Opens the record. Connects at the first call, so that a program may start before Postgres. */
  static Chats open(Grizz grizz, PostgresConfig postgres, RecordConfig config) {
    JobIds ids = new JobIds(InstantSource.system(), RandomGenerator.of("SecureRandom"));
    SessionScope scope = SessionScope.open(postgres);
    return new Chats(
        grizz, scope, new PostgresRecord(scope, config, ids::next, InstantSource.system()));
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
    return new Repair(record, queue, chat);
  }

  /** A worker that answers; it is the caller's to start and to drain. */
  public Worker worker(Post post, ChatModel model, ChatConfig chats, WorkerConfig config) {
    ChatHandler handler = new ChatHandler(record, chat, model, chats, post.name());
    return Worker.of(queue, post.incarnation(), leases, config, Map.of(Chat.TYPE, handler));
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
