package io.grizz.launcher.command;

import io.grizz.Chats;
import io.grizz.Grizz;
import io.grizz.chat.Repair;
import io.grizz.embedded.DataDirectory;
import io.grizz.launcher.client.ChatClient;
import io.grizz.launcher.client.ChatException;
import io.grizz.launcher.gateway.Backpressure;
import io.grizz.launcher.gateway.Gateway;
import io.grizz.launcher.gateway.GatewayConfig;
import io.grizz.launcher.gateway.Stores;
import io.grizz.launcher.gateway.Tokens;
import io.grizz.launcher.offline.OfflineConfig;
import io.grizz.launcher.offline.OfflineModel;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.settings.Settings.Flag;
import io.grizz.launcher.settings.Settings.Sources;
import io.grizz.launcher.telemetry.Logs;
import io.grizz.launcher.telemetry.Meters;
import io.grizz.model.ChatModel;
import io.grizz.postgres.Migrations;
import io.grizz.postgres.SessionScope;
import io.grizz.redis.RedisLimits;
import io.grizz.worker.Worker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Answers one message with all of Grizz in this one process, so that the JVM meets every class that
 * a start needs. The start script runs it once, under {@code -XX:ArchiveClassesAtExit}.
 */
@Command(name = "train", hidden = true, description = "Runs everything once, for fast starts.")
final class TrainCommand implements Callable<Integer> {

  private static final String QUESTION = "Is everything there?";

  @Option(names = "--port", defaultValue = "0", description = "Default: a free one, and the next.")
  private int port;

  @Override
  public Integer call() throws Exception {
    Logs.show("WARN", "text");
    try (DataDirectory home = DataDirectory.temporary()) {
      Settings settings = settings();
      try (DataServices services = DataServices.of(home, settings);
          OfflineModel stand = OfflineModel.start(0, new OfflineConfig(Duration.ZERO, 10_000))) {
        services.start().join();
        Map<String, String> chosen = new HashMap<>(services.addresses());
        chosen.put("model.url", stand.uri().toString());
        String handed = settings.with(chosen, "the training").handOver();
        return answer(Settings.handedOver(handed), home) ? 0 : 1;
      }
    }
  }

  private boolean answer(Settings settings, DataDirectory home) throws Exception {
    Records records = new Records(settings);
    GatewayConfig config =
        records.gateway(records.auth(Home.secret(settings, home, Home.SECRET), true), true);
    Tokens tokens = new Tokens(config.auth(), InstantSource.system());
    var database = records.database("session.pool-size-web");
    Migrations.run(database);
    Meters meters = new Meters("train");
    try (Grizz grizz = Grizz.open(records.redis(), records.queue(), meters);
        Chats chats =
            grizz.chats(SessionScope.open(database, meters), records.record(), records.chat());
        Duty duty = Duty.begin(dead -> {}, states -> {});
        RedisLimits limits = WorkerCommand.limits(records);
        ChatModel model = WorkerCommand.model(records, limits, meters::on);
        Worker worker = chats.worker(new Chats.Post("train", "train-1"), model, records.worker());
        Repair repair = chats.repair();
        Gateway gateway =
            Gateway.open(
                config,
                new Stores(grizz.queue(), chats.record(), chats.chat()),
                new Gateway.Means(
                    InstantSource.system(),
                    grizz::newId,
                    () -> "",
                    meters::text,
                    new Backpressure(System::nanoTime)))) {
      WebMeters.watch(meters, grizz, chats, () -> "");
      WebMeters.watch(meters, gateway);
      worker.start();
      repair.start();
      String token = tokens.issue(UUID.randomUUID(), Duration.ofMinutes(1));
      visit(config.address().port(), token);
      return ask(config.address().port(), token) && !duty.ending() && !gateway.toString().isEmpty();
    }
  }

  private static boolean ask(int port, String token) throws ChatException, InterruptedException {
    URI socket = URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
    try (ChatClient client = new ChatClient(socket, () -> token, RandomGenerator.getDefault())) {
      return client.ask(QUESTION, Optional.empty(), new Nobody()).kind().equals("done");
    }
  }

  private static void visit(int port, String token) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (String path :
          List.of("/", "/client-config", "/readyz", "/metrics", "/api/conversations/today")) {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        http.send(
            HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token).build(),
            BodyHandlers.discarding());
      }
    }
  }

  private Settings settings() throws IOException {
    int chosen = port == 0 ? Ports.freePair() : port;
    port = chosen;
    Map<String, Flag> flags = Map.of("gateway.port", new Flag(String.valueOf(chosen), "--port"));
    return Settings.load(new Sources(List.of(), Map.of(), flags));
  }

  /** Reads nothing. */
  private static final class Nobody implements ChatClient.Reader {
    @Override
    public void text(String delta) {}

    @Override
    public void restarted(int attempt) {}

    @Override
    public void waiting(String why, Duration pause) {}
  }
}
