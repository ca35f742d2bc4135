package io.grizz.launcher.fire;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.json.Json;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.LaunchedGrizz;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.offline.OfflineAnswer;
import io.grizz.launcher.offline.OfflineConfig;
import io.grizz.launcher.offline.OfflineModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;

/**
 * Two hundred readers of fifty answers at a time, from two launched Grizzes that share their
 * stores, while connections, pub/sub, web processes and workers are killed: everybody ends with
 * exactly the text that the model said, and with one and the same end. From {@code
 * grizz.chaos.seed}.
 */
@Isolated("needs both cores")
class ReadersUnderFireIT {

  private static final int USERS = 50;
  private static final int READERS = 4;
  private static final int WORDS = 60;
  private static final double TOKENS_PER_SECOND = 12;
  private static final Duration WITHIN = Duration.ofMinutes(3);

  private final long seed = Long.getLong("grizz.chaos.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);
  private final Queue<FireReader> reading = new ConcurrentLinkedQueue<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final CountDownLatch failed = new CountDownLatch(1);
  private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();
  private final AtomicInteger answers = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final Map<Blow, Integer> blows = new EnumMap<>(Blow.class);

  @TempDir private Path directory;

  private enum Blow {
    CONNECTIONS,
    PUBSUB,
    WEB,
    WORKER
  }

  @Test
  void everyReaderEndsWithTheWorkersText_forAMinute() throws Exception {
    underFire(Duration.ofMinutes(1));
  }

  @Tag("chaos")
  @Test
  void everyReaderEndsWithTheWorkersText_forTenMinutes() throws Exception {
    underFire(Duration.ofMinutes(10));
  }

  private void underFire(Duration time) throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.temporary();
        EmbeddedPostgres postgres = EmbeddedPostgres.temporary();
        OfflineModel model =
            OfflineModel.start(0, new OfflineConfig(Duration.ofMillis(100), TOKENS_PER_SECOND))) {
      Map<String, String> environment =
          Map.of(
              "REDIS_URL", redis.uri().toString(),
              "DATABASE_URL", postgres.url().toString(),
              "OPENAI_BASE_URL", model.uri().toString(),
              "SUPABASE_JWT_SECRET", RunningGrizz.SECRET);
      try (LaunchedGrizz one = launch("one", environment);
          LaunchedGrizz two = launch("two", environment);
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < USERS; i++) {
          SplittableRandom own = random.split();
          int words = WORDS + i;
          all.add(threads.submit(() -> watched(List.of(one.port + 1, two.port + 1), words, own)));
        }
        fire(List.of(one, two), redis, time);
        over.countDown();
        failIfOneHas();
        for (Future<?> each : all) {
          each.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
        }
        String story = answers + " answers, " + connections + " connections, blows " + blows;
        System.err.println("readers under fire: seed " + seed + ", " + story);
        assertThat(answers).as(story).hasValueGreaterThan(USERS);
        assertThat(connections).as(story).hasValueGreaterThan(READERS * answers.get());
      }
    }
  }

  /** Says which was the first: the others fail because of it. */
  private void failIfOneHas() {
    Throwable failure = first.get();
    if (failure != null) {
      throw new AssertionError("seed " + seed + ", blows " + blows, failure);
    }
  }

  private LaunchedGrizz launch(String name, Map<String, String> environment) throws IOException {
    Path home = Files.createDirectory(directory.resolve(name));
    List<String> settings =
        List.of("launch.restarts=1000", "launch.backoff-cap=500ms", "worker.crashes=1000");
    List<String> options = new ArrayList<>(List.of("--workers", "2"));
    settings.forEach(each -> options.addAll(List.of("--set", each)));
    return LaunchedGrizz.start(home, FreePorts.pair(), environment, options.toArray(String[]::new));
  }

  /** A user's conversation; when it fails, the fire ends at once. */
  private Object watched(List<Integer> ports, int words, SplittableRandom own) throws Exception {
    try {
      return converse(ports, words, own);
    } catch (Exception | AssertionError e) {
      first.compareAndSet(null, e);
      failed.countDown();
      throw e;
    }
  }

  /** One user's answers, one after the other, each with all of its readers. */
  private Object converse(List<Integer> ports, int words, SplittableRandom own) throws Exception {
    UUID user = UUID.randomUUID();
    String token = RunningGrizz.anyToken(user);
    String prompt = "/words " + words;
    while (over.getCount() > 0) {
      CompletableFuture<UUID> job = new CompletableFuture<>();
      List<CompletableFuture<FireReader>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        SplittableRandom way = own.split();
        FireReader reader =
            new FireReader(
                () -> ports.get(way.nextInt(ports.size())),
                token,
                job,
                i == 0 ? Optional.of(message(prompt)) : Optional.empty(),
                failed);
        reading.add(reader);
        readers.add(start(reader));
      }
      List<FireReader> done = new ArrayList<>();
      for (CompletableFuture<FireReader> each : readers) {
        done.add(each.get(WITHIN.toSeconds(), TimeUnit.SECONDS));
      }
      reading.removeAll(done);
      assertThat(done)
          .as("seed %d, job %s", seed, job.join())
          .allSatisfy(reader -> {
            assertThat(reader.faults()).isEmpty();
            assertThat(reader.text()).isEqualTo(OfflineAnswer.to(prompt, 0));
            assertThat(Json.fields(reader.end()).text("t")).contains("done");
            assertThat(reader.end()).as("one end for all").isEqualTo(done.getFirst().end());
          });
      answers.incrementAndGet();
      done.forEach(reader -> connections.addAndGet(reader.connections()));
    }
    return user;
  }

  private static CompletableFuture<FireReader> start(FireReader reader) {
    CompletableFuture<FireReader> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            done.complete(reader.read());
          } catch (Exception e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  private static String message(String prompt) {
    return Json.write(
        Json.object()
            .put("t", "send")
            .put("id", "send")
            .put("msg", UUID.randomUUID().toString())
            .put("text", prompt));
  }

  private void fire(List<LaunchedGrizz> all, EmbeddedRedis redis, Duration time)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end
        && !failed.await(random.nextInt(200, 2_500), TimeUnit.MILLISECONDS)) {
      Blow blow = Blow.values()[random.nextInt(Blow.values().length)];
      LaunchedGrizz grizz = all.get(random.nextInt(all.size()));
      blows.merge(blow, 1, Integer::sum);
      switch (blow) {
        case CONNECTIONS ->
            reading.stream().filter(each -> random.nextInt(4) == 0).forEach(FireReader::cut);
        case PUBSUB -> {
          try (Jedis admin = new Jedis(redis.uri())) {
            admin.clientKill(new ClientKillParams().type(ClientType.PUBSUB));
          }
        }
        case WEB -> grizz.killIfThere("web");
        case WORKER -> grizz.killIfThere("worker-" + random.nextInt(1, 3));
      }
    }
  }
}
