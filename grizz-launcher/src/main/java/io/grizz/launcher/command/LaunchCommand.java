package io.grizz.launcher.command;

import io.grizz.api.ConfigException;
import io.grizz.embedded.DataDirectory;
import io.grizz.launcher.gateway.GatewayConfig;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.supervise.Incarnations;
import io.grizz.launcher.supervise.Signals;
import io.grizz.launcher.supervise.Supervisor;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.PostgresInspection;
import io.grizz.redis.RedisInspection;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs everything. */
@Command(
    name = "launch",
    description = {
      "Runs Grizz: one web process, workers, and whatever has no address in the settings:",
      "an embedded Redis, an embedded Postgres, the offline model."
    })
final class LaunchCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(LaunchCommand.class);

  @Mixin private SettingsOptions options = new SettingsOptions();

  @Option(names = "--workers", paramLabel = "N", description = "Worker processes. Default: 4.")
  private @Nullable Integer workers;

  @Option(names = "--host", description = "Where to listen. Default: 127.0.0.1.")
  private @Nullable String host;

  @Option(names = "--port", description = "HTTP; the WebSocket has the next one. Default: 8000.")
  private @Nullable Integer port;

  @Option(names = "--data", paramLabel = "DIR", description = "Where data is. Default: ~/.grizz.")
  private @Nullable String data;

  @Option(names = "--json", description = "Log lines as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Settings settings =
        options
            .flag("launch.workers", "--workers", workers)
            .flag("gateway.host", "--host", host)
            .flag("gateway.port", "--port", port)
            .flag("launch.data", "--data", data)
            .flag("log.format", "--json", json ? "json" : null)
            .load();
    Records records = new Records(settings);
    records.check();
    int count = records.workers();
    try (DataDirectory home = DataDirectory.at(Home.path(settings))) {
      String secret = Home.secret(settings, home, Home.SECRET);
      GatewayConfig gateway = records.gateway(records.auth(secret, false), false);
      GatewayConfig.Address address = gateway.address();
      Ports.requireFree(address.host(), address.port(), address.webSocketPort());
      if (settings.get("redis.url").optional().isPresent()) {
        RedisInspection.inspect(records.redis());
      }
      if (settings.get("database.url").optional().isPresent()) {
        requireSessions(records, count);
      }
      Home.meters(settings).make();
      try (DataServices services = DataServices.of(home, settings)) {
        Plan plan = new Plan(settings, services, home, ClassArchive.ofThisStart());
        boolean asJson = settings.get("log.format").text().equals("json");
        Screen screen = new Screen(asJson, ready(address, count));
        screen.banner(services.banner());
        screen.banner(plan.banner(records));
        Incarnations incarnations = Incarnations.in(home.resolve(""));
        return keep(
            new Supervisor(records.supervisor(), plan.children(count), incarnations, screen),
            services);
      }
    }
  }

  /** Starts servers and processes, and keeps them until they are told to stop. */
  private static int keep(Supervisor supervisor, DataServices services)
      throws InterruptedException {
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    Runnable stop =
        () -> {
          stopped.complete(null);
          supervisor.stop();
        };
    Signals.on("INT", stop);
    Signals.on("TERM", stop);
    Signals.on("HUP", supervisor::roll);
    CompletableFuture<Void> up = services.start();
    try {
      if (services.isNew()) {
        CompletableFuture.anyOf(up, stopped).join();
      }
      if (stopped.isDone()) {
        return 0;
      }
      // why not after: processes take longer to start than their servers, and wait for them
      var unused =
          up.whenComplete((none, failure) -> {
            if (failure != null) {
              supervisor.stop();
            }
          });
      int exit = supervisor.run();
      if (up.isCompletedExceptionally()) {
        up.join();
      }
      return exit;
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Looks at the operator's database, and whether it has sessions for all processes. */
  private static void requireSessions(Records records, int workers) {
    PostgresConfig database = records.database("session.pool-size-web");
    PostgresInspection.inspect(database);
    PostgresInspection.worry(database).ifPresent(LOG::warn);
    OptionalInt limit = records.sessionLimit();
    OptionalInt most = limit.isPresent() ? limit : PostgresInspection.sessions(database);
    int each = records.database("session.pool-size-worker").poolSize();
    int needed = database.poolSize() + workers * each;
    ConfigException.require(
        most.isEmpty() || needed <= most.getAsInt(),
        "session.pool-size-worker",
        each
            + " for each of "
            + workers
            + " workers, which with the web process's "
            + database.poolSize()
            + " makes "
            + needed,
        "such that all fit into the "
            + most.orElse(0)
            + " sessions of the database. Lower it or"
            + " launch.workers, say session.limit if the database has more, or use the host's"
            + " transaction pooler");
  }

  private static String ready(GatewayConfig.Address address, int workers) {
    String host = address.hostInUrl();
    return "READY http=http://"
        + host
        + ":"
        + address.port()
        + " ws=ws://"
        + host
        + ":"
        + address.webSocketPort()
        + "/v1/ws workers="
        + workers
        + " ms=";
  }
}
