package io.grizz.launcher.gateway;

import io.grizz.Chats;
import io.grizz.Grizz;
import io.grizz.api.ChatRecord;
import io.grizz.api.QueueConfig;
import io.grizz.chat.ChatConfig;
import io.grizz.chat.Repair;
import io.grizz.embedded.EmbeddedPostgres;
import io.grizz.embedded.EmbeddedRedis;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.GatewayConfig.Access;
import io.grizz.launcher.gateway.GatewayConfig.Address;
import io.grizz.launcher.gateway.GatewayConfig.Auth;
import io.grizz.launcher.gateway.GatewayConfig.Claims;
import io.grizz.launcher.gateway.GatewayConfig.Connections;
import io.grizz.launcher.gateway.GatewayConfig.Delivery;
import io.grizz.launcher.gateway.GatewayConfig.Limits;
import io.grizz.launcher.gateway.GatewayConfig.Offer;
import io.grizz.launcher.gateway.GatewayConfig.Operator;
import io.grizz.launcher.gateway.GatewayConfig.Patience;
import io.grizz.launcher.gateway.GatewayConfig.Rates;
import io.grizz.launcher.offline.OfflineConfig;
import io.grizz.launcher.offline.OfflineModel;
import io.grizz.model.ChatModel;
import io.grizz.model.ModelConfig;
import io.grizz.model.OpenAiChatModel;
import io.grizz.postgres.Migrations;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.RecordConfig;
import io.grizz.redis.RedisConfig;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** All of Grizz in one process, on real servers and the offline model. */
public final class RunningGrizz implements AutoCloseable {

  private static final Duration HOUR = Duration.ofHours(1);
  public static final String SECRET = "a-secret-of-tests-that-is-32-bytes-long";

  public static final Claims CLAIMS =
      new Claims(List.of("grizz"), "authenticated", Set.of("authenticated"));
  public static final Auth AUTH = new Auth(SECRET, true, CLAIMS, Optional.empty());
  public static final String ADMIN = "an-operators-token-that-is-32-bytes-long";
  static final String METRICS = "grizz_up 1\n";
  public static final Operator OPERATOR = new Operator(Optional.of(ADMIN), false);
  public static final Limits LIMITS =
      new Limits(
          65_536,
          16_384,
          512 * 1024,
          3,
          64,
          new Rates(60, 120, 600, 10),
          new Connections(5, 2_000, 10_000, 1_000),
          new Patience(
              Duration.ofSeconds(5),
              Duration.ofMinutes(15),
              Duration.ofSeconds(15),
              Duration.ofSeconds(30),
              Duration.ofMinutes(30)));

  public final int port;
  public final Tokens tokens;
  final Backpressure pressure = new Backpressure(System::nanoTime);
  public final EmbeddedRedis redis = EmbeddedRedis.temporary();
  public final EmbeddedPostgres postgres = EmbeddedPostgres.temporary();
  final OfflineModel model;
  public final Grizz grizz;
  public final Chats chats;
  private final OpenAiChatModel client;
  private final Repair repair;
  private final Worker worker;
  private final Gateway gateway;

  public RunningGrizz(double tokensPerSecond) throws Exception {
    this(tokensPerSecond, config -> config);
  }

  /**
   * @param change what is to be different about the doors
   */
  RunningGrizz(double tokensPerSecond, UnaryOperator<GatewayConfig> change) throws Exception {
    this(tokensPerSecond, change, model -> model);
  }

  /**
   * @param change what is to be different about the doors
   * @param around what stands between the worker and the model
   */
  RunningGrizz(
      double tokensPerSecond, UnaryOperator<GatewayConfig> change, UnaryOperator<ChatModel> around)
      throws Exception {
    port = FreePorts.pair();
    model = OfflineModel.start(0, new OfflineConfig(Duration.ofMillis(20), tokensPerSecond));
    PostgresConfig database = PostgresConfig.parse(postgres.url().toString());
    Migrations.run(database);
    QueueConfig queue = QueueConfig.named("grizz");
    grizz = Grizz.open(RedisConfig.at(redis.uri()), queue, pressure);
    chats = grizz.chats(database, RecordConfig.DEFAULTS, ChatConfig.STANDARD);
    client = OpenAiChatModel.open(ModelConfig.at(model.uri(), Optional.empty()));
    worker =
        chats.worker(
            new Chats.Post("worker-1", "worker-1-test"),
            around.apply(client),
            WorkerConfig.STANDARD);
    worker.start();
    repair = chats.repair();
    repair.start();
    GatewayConfig config = change.apply(config(port));
    tokens = new Tokens(config.auth(), InstantSource.system());
    gateway = another(config);
  }

  /** Opens one more gateway before the same stores; it is the caller's to close. */
  public Gateway another(GatewayConfig config) throws IOException, InterruptedException {
    return another(config, chats.record());
  }

  /** The same, which reads from this record. */
  public Gateway another(GatewayConfig config, ChatRecord record)
      throws IOException, InterruptedException {
    return Gateway.open(
        config,
        new Stores(grizz.queue(), record, chats.chat()),
        new Gateway.Means(InstantSource.system(), grizz::newId, () -> "", () -> METRICS, pressure));
  }

  /** A hub on the same stores; it is the caller's to close. */
  Hub hub() {
    return new Hub(grizz.queue(), config(port), pressure);
  }

  /** What a gateway's parts work with, without its doors. */
  House house(Hub hub) {
    Stores stores = new Stores(grizz.queue(), chats.record(), chats.chat());
    return new House(hub, stores, tokens, config(port), InstantSource.system(), grizz::newId);
  }

  /** What the gateway of the tests is like, on any port. */
  public static GatewayConfig config(int port) {
    return config(port, List.of(), AUTH, LIMITS);
  }

  /** The same with other origins, tokens or limits. */
  public static GatewayConfig config(int port, List<String> origins, Auth auth, Limits limits) {
    return config(new Address("127.0.0.1", port, Optional.empty(), false), origins, auth, limits);
  }

  /** The same at another address. */
  public static GatewayConfig config(Address address) {
    return config(address, List.of(), AUTH, LIMITS);
  }

  private static GatewayConfig config(
      Address address, List<String> origins, Auth auth, Limits limits) {
    return new GatewayConfig(
        address,
        Access.STANDARD.withOrigins(origins).with(OPERATOR),
        auth,
        limits,
        new Delivery(64 << 10, 256 << 10, 1 << 20, 64 << 20, Duration.ofSeconds(15), Duration.ZERO),
        new Offer(Set.of("greet"), Set.of(), Set.of(), 32_768, true));
  }

  /** How its doors are at this moment. */
  public Gateway.Standing standing() {
    return gateway.standing();
  }

  /** The port of the WebSocket. */
  public int wsPort() {
    return port + 1;
  }

  public URI ws() {
    return URI.create("ws://127.0.0.1:" + wsPort() + "/v1/ws");
  }

  public URI http(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** A token of any Grizz that has the tests' secret. */
  public static String anyToken(UUID user) {
    return new Tokens(AUTH, InstantSource.system()).issue(user, HOUR);
  }

  public String token(UUID user) {
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
}
