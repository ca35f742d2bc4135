package io.grizz.launcher.command;

import io.grizz.embedded.DataDirectory;
import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.embedded.EmbeddedServerException;
import io.grizz.launcher.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The embedded servers that the settings ask for. */
final class DataServices implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DataServices.class);

  /** How long a server outlives a launcher that was killed, so that children can release first. */
  private static final Duration GRACE = Duration.ofSeconds(7);

  private static final String REDIS = "redis.url";
  private static final String DATABASE = "database.url";
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final List<Server> servers = new ArrayList<>();
  private final ExecutorService starters = Executors.newCachedThreadPool(DataServices::starter);
  private volatile boolean closing;

  /**
   * One server.
   *
   * @param key the setting of its address
   * @param isNew whether its start makes data first, which takes seconds
   */
  private record Server(
      String name,
      String key,
      String url,
      Path directory,
      boolean isNew,
      LongSupplier pid,
      Runnable start,
      AutoCloseable handle) {}

  private DataServices() {}

  /**
   * Makes ready, but does not start, what has no address in the settings.
   *
   * @throws EmbeddedServerException when a data directory cannot be used
   */
  static DataServices of(DataDirectory data, Settings settings) {
    DataServices all = new DataServices();
    try {
      if (settings.get(REDIS).optional().isEmpty()) {
        Path home = data.resolve("redis");
        EmbeddedRedis redis = EmbeddedRedis.in(home, 0, otherBinary(), GRACE);
        String url = redis.uri().toString();
        all.servers.add(
            new Server("redis", REDIS, url, home, false, redis::pid, redis::start, redis));
      }
      if (settings.get(DATABASE).optional().isEmpty()) {
        Path home = data.resolve("postgres");
        EmbeddedPostgres postgres = EmbeddedPostgres.in(home, 0, GRACE);
        all.servers.add(
            new Server(
                "postgres",
                DATABASE,
                postgres.url().toString(),
                home,
                postgres.isNew(),
                postgres::pid,
                postgres::start,
                postgres));
      }
      return all;
    } catch (RuntimeException e) {
      all.close();
      throw e;
    }
  }

  /**
   * Starts all together, each on a thread of its own, and brings back what ends by itself.
   *
   * @return completes when all are up, or with the {@link EmbeddedServerException} of the first
   *     that does not start
   */
  CompletableFuture<Void> start() {
    return CompletableFuture.allOf(
        servers.stream()
            .map(each ->
                CompletableFuture.runAsync(each.start(), starters).thenRun(() -> watch(each)))
            .toArray(CompletableFuture[]::new));
  }

  /** Whether the first start has to make data. */
  boolean isNew() {
    return servers.stream().anyMatch(Server::isNew);
  }

  /** The addresses of the servers, by the keys of their settings: they hold passwords. */
  Map<String, String> addresses() {
    return servers.stream().collect(Collectors.toMap(Server::key, Server::url));
  }

  /** One line for each server, for people. */
  List<String> banner() {
    return servers.stream()
        .map(each -> String.format("%-9s embedded, data in %s", each.name(), each.directory()))
        .toList();
  }

  /** Stops the servers, in any state. */
  @Override
  public void close() {
    closing = true;
    // why first: a start that is under way would leave a server behind
    starters.close();
    for (Server each : servers.reversed()) {
      try {
        each.handle().close();
      } catch (Exception e) {
        LOG.error("an embedded server did not stop", e);
      }
    }
  }

  private static Thread starter(Runnable work) {
    return Thread.ofPlatform().name("grizz-start-server").daemon().unstarted(work);
  }

  /** Brings a server back that ended by itself, for as long as the launcher runs. */
  private void watch(Server server) {
    Thread.ofPlatform()
        .name("grizz-watch-" + server.name())
        .daemon()
        .start(() -> {
          while (!closing) {
            ProcessHandle.of(server.pid().getAsLong())
                .ifPresent(process -> process.onExit().join());
            if (!closing) {
              LOG.warn("{} has ended, and is started again", server.name());
              restart(server.name(), server.start());
            }
          }
        });
  }

  private void restart(String name, Runnable start) {
    Duration pause = FIRST_PAUSE;
    while (!closing) {
      try {
        start.run();
        LOG.info("{} is back", name);
        return;
      } catch (EmbeddedServerException e) {
        LOG.error("{} does not start, and is tried again in {}: {}", name, pause, e.getMessage());
        try {
          Thread.sleep(pause);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          return;
        }
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
      }
    }
  }

  private static Optional<Path> otherBinary() {
    return Optional.ofNullable(System.getenv("GRIZZ_REDIS_SERVER"))
        .filter(path -> !path.isEmpty())
        .map(Path::of);
  }
}
