package io.grizz.launcher.command;

import io.grizz.embedded.DataDirectory;
import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.embedded.EmbeddedServerException;
import io.grizz.launcher.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The embedded servers that the settings ask for, started together and watched. */
final class DataServices implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DataServices.class);

  /** How long a server outlives a launcher that was killed, so that children can release first. */
  private static final Duration GRACE = Duration.ofSeconds(7);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final List<String> banner = new ArrayList<>();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private volatile boolean closing;

  private DataServices() {}

  /**
   * Starts what has no address in the settings.
   *
   * @throws EmbeddedServerException when one does not start; none is left behind
   */
  static DataServices start(DataDirectory data, Settings settings) {
    DataServices services = new DataServices();
    Optional<String> redisUrl = settings.get("redis.url").optional();
    Optional<String> databaseUrl = settings.get("database.url").optional();
    CompletableFuture<Optional<EmbeddedPostgres>> postgres =
        databaseUrl.isPresent()
            ? CompletableFuture.completedFuture(Optional.empty())
            : async(() -> EmbeddedPostgres.start(data.resolve("postgres"), 0, GRACE));
    try {
      if (redisUrl.isEmpty()) {
        Path directory = data.resolve("redis");
        EmbeddedRedis redis = EmbeddedRedis.start(directory, 0, otherBinary(), GRACE);
        services.add("redis", directory, redis, redis.uri().toString());
        services.watch("redis", redis::pid, redis::start);
      }
      postgres
          .join()
          .ifPresent(server -> {
            services.add("postgres", data.resolve("postgres"), server, server.url().toString());
            services.watch("postgres", server::pid, server::start);
          });
      return services;
    } catch (CompletionException e) {
      services.close();
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    } catch (RuntimeException e) {
      postgres.thenAccept(server -> server.ifPresent(EmbeddedPostgres::close)).join();
      services.close();
      throw e;
    }
  }

  /** The addresses of what was started, by the keys of their settings: they hold passwords. */
  Map<String, String> addresses() {
    return Map.copyOf(addresses);
  }

  /** One line for each server, for people. */
  List<String> banner() {
    return List.copyOf(banner);
  }

  /** Stops the servers. */
  @Override
  public void close() {
    closing = true;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        LOG.error("an embedded server did not stop", e);
      }
    }
  }

  private void add(String name, Path directory, AutoCloseable server, String url) {
    open.push(server);
    String key = name.equals("redis") ? "redis.url" : "database.url";
    addresses.put(key, url);
    banner.add(String.format("%-9s embedded, data in %s", name, directory));
  }

  /** Brings a server back that ended by itself, for as long as the launcher runs. */
  private void watch(String name, LongSupplier pid, Runnable start) {
    Thread.ofPlatform()
        .name("grizz-watch-" + name)
        .daemon()
        .start(() -> {
          while (!closing) {
            ProcessHandle.of(pid.getAsLong()).ifPresent(server -> server.onExit().join());
            if (!closing) {
              LOG.warn("{} has ended, and is started again", name);
              restart(name, start);
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

  private static CompletableFuture<Optional<EmbeddedPostgres>> async(
      Supplier<EmbeddedPostgres> start) {
    return CompletableFuture.supplyAsync(
        () -> Optional.of(start.get()),
        work -> Thread.ofPlatform().name("grizz-start-postgres").start(work));
  }

  private static Optional<Path> otherBinary() {
    return Optional.ofNullable(System.getenv("GRIZZ_REDIS_SERVER"))
        .filter(path -> !path.isEmpty())
        .map(Path::of);
  }
}
