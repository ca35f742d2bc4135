package io.grizz.launcher.gateway;

import io.grizz.Chats;
import io.grizz.Grizz;
import io.grizz.api.QueueConfig;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.Repair;
import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.launcher.gateway.GatewayConfig.Address;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.launcher.gateway.GatewayConfig.Limits;
import io.grizz.launcher.offline.OfflineConfig;
import io.grizz.launcher.offline.OfflineModel;
import io.grizz.model.ModelConfig;
import io.grizz.model.OpenAiChatModel;
import io.grizz.postgres.Migrations;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.RecordConfig;
import io.grizz.redis.RedisConfig;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** All of Grizz in one process, on real servers and the offline model. */
public final class RunningGrizz implements AutoCloseable {

  private static final Duration HOUR = Duration.ofHours(1);
  static final String SECRET = "a-secret-of-tests-that-is-32-bytes-long";

  public final int port;
  final Tokens tokens;
  final EmbeddedRedis redis = EmbeddedRedis.temporary();
  final EmbeddedPostgres postgres = EmbeddedPostgres.temporary();
  final OfflineModel model;
  final Grizz grizz;
  final Chats chats;
  private final OpenAiChatModel client;
  private final Repair repair;
  private final Worker worker;
  private final Gateway gateway;

  public RunningGrizz(double tokensPerSecond) throws Exception {
    port = freePair();
    model = OfflineModel.start(0, new OfflineConfig(Duration.ofMillis(20), tokensPerSecond));
    PostgresConfig database = PostgresConfig.parse(postgres.url().toString());
    Migrations.run(database);
    QueueConfig queue = QueueConfig.named("grizz");
    grizz = Grizz.open(RedisConfig.at(redis.uri()), queue);
    chats = grizz.chats(database, RecordConfig.DEFAULTS, ChatConfig.STANDARD);
    client = OpenAiChatModel.open(ModelConfig.at(model.uri(), Optional.empty()));
    worker =
        chats.worker(new Chats.Post("worker-1", "worker-1-test"), client, WorkerConfig.STANDARD);
    worker.start();
    repair = chats.repair();
    repair.start();
    GatewayConfig config = config(port);
    tokens = new Tokens(config.auth(), InstantSource.system());
    gateway =
        Gateway.open(
            config,
            new Stores(grizz.queue(), chats.record(), chats.chat()),
            new Gateway.Means(InstantSource.system(), grizz::newId, () -> ""));
  }

  static GatewayConfig config(int port) {
    return new GatewayConfig(
        new Address("127.0.0.1", port, Optional.empty()),
        List.of(),
        new Auth(SECRET, List.of("grizz"), "authenticated", true),
        new Limits(65_536, 16_384, 60, 120, 5, 10_000, 3, Duration.ofMinutes(15)),
        Set.of("greet"),
        Set.of(),
        true);
  }

  URI ws() {
    return URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
  }

  public URI http(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  String token(UUID user) {
    return tokens.issue(user, HOUR);
  }

  @Override
  public void close() {
    gateway.close();
    repair.close();
    worker.close();
    grizz.close();
    client.close();
    model.close();
    postgres.close();
    redis.close();
  }

  private static int freePair() throws IOException {
    while (true) {
      try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          ServerSocket second =
              new ServerSocket(first.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress())) {
        return second.getLocalPort() - 1;
      } catch (BindException | IllegalArgumentException e) {
        // why: the next port belongs to somebody, so another pair is looked for
      }
    }
  }
}
