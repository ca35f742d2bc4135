package io.grizz.chaos;

import static org.awaitility.Awaitility.await;

import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.JobQueue;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.json.Json;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.SessionScope;
import io.grizz.postgres.TestPostgres;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;

/** Web and worker processes on a real Redis and a real Postgres, each of which may die. */
final class ChatArena implements AutoCloseable {

  static final Duration SOON = Duration.ofSeconds(30);
  private static final Set<String> ENDS = Set.of("done", "failed", "cancelled");

  final TestPostgres.Server postgres;
  final JobQueue queue;
  final SessionScope scope;
  private final EmbeddedRedis redis = EmbeddedRedis.temporary();
  private final PostgresConfig database;
  private final Path directory;
  private final AtomicInteger started = new AtomicInteger();
  private final List<Child> webs = new CopyOnWriteArrayList<>();
  private final List<Child> workers = new CopyOnWriteArrayList<>();
  private final BlockingQueue<Child> spares = new LinkedBlockingQueue<>();
  private final Map<UUID, String> answers = new ConcurrentHashMap<>();
  private final AtomicReference<Consumer<Child>> struck = new AtomicReference<>(Child::goOn);

  ChatArena(TestPostgres.Server postgres, Path directory, int webs, int workers) {
    this.postgres = postgres;
    this.directory = directory;
    this.database = postgres.migrated();
    this.scope = SessionScope.open(database);
    this.queue = RedisQueue.open(RedisConfig.at(redis.uri()), ChatProcess.queue());
    for (int i = 0; i < webs; i++) {
      this.webs.add(new Child());
    }
    for (int i = 0; i < workers; i++) {
      this.workers.add(new Child().working());
    }
    this.webs.forEach(Child::awaitReady);
    this.workers.forEach(Child::awaitReady);
  }

  /** Keeps a process ready to take the place of one that dies. */
  void spare() {
    spares.add(new Child());
  }

  List<Child> webs() {
    return webs;
  }

  List<Child> workers() {
    return workers;
  }

  /** The terminal events in all logs that a job ever had. */
  List<String> ends(UUID job) {
    try (RedisClient client = RedisClient.create(redis.uri())) {
      return client.keys("grizz:*:out:" + job + ":*").stream()
          .flatMap(log -> client.xrange(log, (StreamEntryID) null, null).stream())
          .flatMap(entry -> entry.getFields().values().stream())
          .filter(frame -> ENDS.contains(Json.tree(frame).path("t").asText()))
          .toList();
    }
  }

  /**
   * Sends a message until it is accepted, as a client does whose web process dies.
   *
   * @return the job; empty when the conversation is busy, and this message does not wait
   */
  Optional<UUID> send(int web, UUID user, OnBusy onBusy, String text) {
    UUID key = UUID.randomUUID();
    while (true) {
      Child asked = webs.get(web);
      asked.tell("send " + user + " " + key + " " + onBusy + " " + text);
      await()
          .atMost(SOON)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(2))
          .until(() -> answers.containsKey(key) || webs.get(web) != asked);
      String[] answer = answers.getOrDefault(key, "overloaded -").split(" ", 2);
      answers.remove(key);
      if (answer[0].equals("ok")) {
        return Optional.of(UUID.fromString(answer[1]));
      }
      if (answer[0].equals("busy")) {
        return Optional.empty();
      }
    }
  }

  /** Stops whoever of these comes to a moment first, and lets {@code then} do what it likes. */
  void arm(List<Child> among, String moment, Consumer<Child> then) {
    struck.set(first -> {
      struck.set(Child::goOn);
      among.forEach(it -> it.tell("disarm"));
      then.accept(first);
    });
    // why a copy: what an earlier job left behind may come to the moment at once, and be struck
    List<Child> asked = List.copyOf(among);
    asked.forEach(it -> it.arm(moment));
    await()
        .atMost(SOON)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> asked.stream().allMatch(it -> it.armed.equals(moment)));
  }

  /** Kills a process where it stands, and puts another in its place, as a supervisor does. */
  void kill(Child victim) {
    victim.process.destroyForcibly().onExit().join();
    Child next = spares.poll();
    Child fresh = next == null ? new Child() : next;
    spare();
    if (workers.contains(victim)) {
      fresh.working().tell("dead " + victim.incarnation);
      workers.set(workers.indexOf(victim), fresh);
    } else {
      webs.set(webs.indexOf(victim), fresh);
    }
  }

  /** How often the model was asked this. */
  long calls(String text) throws IOException {
    Path file = directory.resolve("calls");
    return Files.exists(file) ? Files.readAllLines(file).stream().filter(text::equals).count() : 0;
  }

  @Override
  public void close() {
    for (List<Child> each : List.of(webs, workers, List.copyOf(spares))) {
      each.forEach(child -> child.process.destroyForcibly().onExit().join());
    }
    queue.close();
    scope.close();
    redis.close();
  }

  /** One process. */
  final class Child {
    private final String incarnation = "chat-" + started.incrementAndGet();
    private final Process process;
    private final PrintWriter orders;
    private volatile boolean ready;
    private volatile String armed = "";

    private Child() {
      try {
        process =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-Xmx64m",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ChatProcess.class.getName(),
                    redis.uri().toString(),
                    database.uri().toString(),
                    incarnation,
                    directory.resolve("calls").toString())
                .redirectError(directory.resolve(incarnation + ".log").toFile())
                .start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      orders = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
      Thread.ofPlatform().daemon().name("hears " + incarnation).start(this::hear);
    }

    void tell(String order) {
      orders.println(order);
    }

    private void arm(String moment) {
      armed = "";
      tell("arm " + moment);
    }

    void goOn() {
      tell("go");
    }

    private Child working() {
      tell("work");
      return this;
    }

    private void awaitReady() {
      await().atMost(SOON).pollInterval(Duration.ofMillis(10)).until(() -> ready);
    }

    private void heard(String[] words) {
      switch (words[0]) {
        case "ready" -> ready = true;
        case "armed" -> armed = words[1] + " " + words[2];
        case "sent" -> answers.put(UUID.fromString(words[1]), words[2]);
        case "at" -> Thread.ofPlatform().daemon().start(() -> struck.get().accept(this));
        default -> throw new IllegalStateException(words[0]);
      }
    }

    private void hear() {
      BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
      try {
        for (String line = said.readLine(); line != null; line = said.readLine()) {
          if (line.startsWith(ChatProcess.MARK)) {
            heard(line.substring(ChatProcess.MARK.length()).split(" ", 3));
          }
        }
      } catch (IOException e) {
        // why: it was killed, and its last words with it
      }
    }
  }
}
