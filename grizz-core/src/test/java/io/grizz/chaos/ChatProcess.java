package io.grizz.chaos;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.api.SessionEvent;
import io.grizz.chat.Chat;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.ChatHandler;
import io.grizz.chat.Repair;
import io.grizz.model.RepeatingModel;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.PostgresRecord;
import io.grizz.postgres.RecordConfig;
import io.grizz.postgres.ScopeGuard;
import io.grizz.postgres.SessionScope;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import io.grizz.worker.RetryPolicy;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that sends messages, or answers them, and does what it is told line by line:
 *
 * <pre>
 *   work                             answer messages, and repair
 *   send [user] [key] [busy] [text]  accept a message; says: sent [key] [answer] [job]
 *   dead [incarnation]               put back what that one left
 *   arm [moment]                     stop there, see {@link FaultPoint}; says: armed [moment]
 *   disarm, go                       stop nowhere; go on
 * </pre>
 */
final class ChatProcess {

  private static final Logger LOG = LoggerFactory.getLogger(ChatProcess.class);

  /** Begins what is for the test; all else on stdout is for people. */
  static final String MARK = "> ";

  private static final Duration LEASE = Duration.ofSeconds(3);
  private static final int ATTEMPTS = 2;
  private static final QueueConfig QUEUE = ChaosWorker.config("chats", LEASE);

  private static final Repair.Kept KEPT =
      new Repair.Kept(Duration.ofDays(30), Duration.ofDays(400));

  private final FaultPoint faults = new FaultPoint();
  private final JobQueue queue;
  private final Worker worker;
  private final Repair repair;
  private final Chat chat;

  private ChatProcess(URI redis, URI postgres, String incarnation, Path calls) {
    PostgresConfig database = PostgresConfig.at(postgres).withPatience(Duration.ofSeconds(2));
    SessionScope scope =
        SessionScope.open(
            database,
            event -> {
              if (event instanceof SessionEvent.Committing committing) {
                faults.pass("commit " + committing.name());
              }
            });
    ScopeGuard guard = new ScopeGuard(scope);
    queue = guard.around(RedisQueue.open(RedisConfig.at(redis), QUEUE));
    InstantSource clock = InstantSource.system();
    ChatRecord record =
        faults.watched(new PostgresRecord(scope, records(), UUID::randomUUID, clock));
    ChatConfig config = chats();
    chat = new Chat(record, queue, config);
    repair = new Repair(record, faults.repaired(queue), chat, KEPT, clock);
    ChatHandler handler =
        new ChatHandler(record, chat, guard.around(new RepeatingModel(calls)), config, incarnation);
    worker =
        Worker.of(
                queue,
                incarnation,
                QUEUE.leases(),
                WorkerConfig.STANDARD.withRetries(
                    new RetryPolicy(ATTEMPTS, Duration.ofMillis(1), Duration.ofMillis(1))),
                Map.of(Chat.TYPE, handler))
            .heardBy(event -> {
              if (event instanceof JobEvent.Ended) {
                faults.pass("after settle");
              }
            });
  }

  /** What all processes, and the test, agree on. */
  static QueueConfig queue() {
    return QUEUE;
  }

  /** Others look after what a process left behind much sooner than they would in life. */
  static RecordConfig records() {
    RecordConfig standard = RecordConfig.DEFAULTS;
    return new RecordConfig(
        standard.user(),
        standard.backlog(),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        standard.keep());
  }

  private static ChatConfig chats() {
    ChatConfig standard = ChatConfig.STANDARD;
    return new ChatConfig(
        standard.model(),
        "",
        standard.history(),
        standard.flush(),
        standard.snapshot(),
        Duration.ofMillis(20));
  }

  /** Arguments: Redis, Postgres, the incarnation, where model calls are written down. */
  public static void main(String[] args) throws IOException {
    ChatProcess process =
        new ChatProcess(URI.create(args[0]), URI.create(args[1]), args[2], Path.of(args[3]));
    say("ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      process.obey(line);
    }
    // why: the end of stdin is the end of the test, whatever still runs
    Runtime.getRuntime().halt(0);
  }

  /** One line to the test. */
  static void say(String line) {
    System.out.println(MARK + line);
  }

  private void obey(String line) {
    String[] order = line.split(" ", 2);
    switch (order[0]) {
      case "work" -> {
        worker.start();
        repair.start();
      }
      case "send" -> Thread.startVirtualThread(() -> send(order[1].split(" ", 4)));
      case "dead" -> worker.release(order[1]);
      case "arm" -> {
        faults.arm(order[1]);
        say("armed " + order[1]);
      }
      case "disarm" -> faults.disarm();
      case "go" -> faults.goOn();
      default -> throw new IllegalArgumentException(line);
    }
  }

  private void send(String[] words) {
    ChatMessage message =
        new ChatMessage(
            UUID.fromString(words[0]),
            Optional.empty(),
            ZoneOffset.UTC,
            UUID.fromString(words[1]),
            words[3],
            OnBusy.valueOf(words[2]),
            "{}");
    say("sent " + words[1] + " " + answer(message));
  }

  private String answer(ChatMessage message) {
    try {
      return switch (chat.send(message).orElseThrow()) {
        case Acceptance.Accepted accepted -> "ok " + accepted.job().id();
        case Acceptance.Duplicate duplicate -> "ok " + duplicate.job().id();
        case Acceptance.Busy busy -> "busy " + busy.job();
        case Acceptance other -> throw new IllegalStateException(other.toString());
      };
    } catch (RecordUnavailableException e) {
      LOG.warn("refused, for now", e);
      return "overloaded -";
    }
  }
}
