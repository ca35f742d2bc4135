package io.grizz.launcher.gateway;

import static io.grizz.api.ConfigException.require;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a web process listens, whom it lets in, and how much of it.
 *
 * @param origins pages that may connect; empty for those of this host and port
 * @param jobTypes types that {@code POST /v1/jobs} may enqueue
 * @param models models that a message may name, besides {@code default}
 * @param offlineModel whether answers come from the stand-in
 */
public record GatewayConfig(
    Address address,
    List<String> origins,
    Auth auth,
    Limits limits,
    Set<String> jobTypes,
    Set<String> models,
    boolean offlineModel) {

  public GatewayConfig {
    origins = List.copyOf(origins);
    jobTypes = Set.copyOf(jobTypes);
    models = Set.copyOf(models);
    require(!origins.contains("*"), "gateway.origins", "*", "exact origins");
  }

  /**
   * Where to listen.
   *
   * @param port of HTTP; the WebSocket has the next one
   * @param publicWs where browsers find the WebSocket, when a proxy stands in front
   */
  public record Address(String host, int port, Optional<String> publicWs) {
    private static final int LAST = 65_534;

    public Address {
      require(port >= 1 && port <= LAST, "gateway.port", port, "1 to " + LAST);
      require(
          publicWs.map(it -> it.startsWith("ws://") || it.startsWith("wss://")).orElse(true),
          "gateway.public-ws",
          publicWs.orElse(""),
          "a ws:// or wss:// address");
    }

    /** Whether only this machine can reach it. */
    boolean loopback() {
      InetAddress address = new InetSocketAddress(host, port).getAddress();
      return address != null && address.isLoopbackAddress();
    }

    int webSocketPort() {
      return port + 1;
    }
  }

  /**
   * Which tokens are good. {@link #toString} masks the secret.
   *
   * @param generated Grizz made the secret itself: it may give tokens to developers
   */
  public record Auth(String secret, List<String> issuers, String audience, boolean generated) {
    private static final int LEAST_BYTES = 32;

    public Auth {
      issuers = List.copyOf(issuers);
      require(
          secret.getBytes(StandardCharsets.UTF_8).length >= LEAST_BYTES,
          "auth.secret",
          "too short",
          LEAST_BYTES + " bytes or more");
      require(!issuers.isEmpty(), "auth.issuer", "empty", "one issuer or more");
      require(!audience.isBlank(), "auth.audience", "empty", "an audience");
    }

    @Override
    public String toString() {
      return "issuers " + issuers + ", audience " + audience;
    }
  }

  /**
   * How much one client, one user and all together may ask for.
   *
   * @param frame longest frame in bytes
   * @param header longest handshake in bytes
   * @param messages a minute on one connection
   * @param messagesPerUser a minute, of one user
   * @param inFlight open jobs of one user, as clients are told
   * @param idle how long a connection may be silent that watches no job
   */
  public record Limits(
      int frame,
      int header,
      int messages,
      int messagesPerUser,
      int connectionsPerUser,
      int connections,
      int inFlight,
      Duration idle) {
    private static final int LEAST = 1024;

    public Limits {
      require(frame >= LEAST, "gateway.frame", frame, LEAST + " bytes or more");
      require(header >= LEAST, "gateway.header", header, LEAST + " bytes or more");
      require(messages >= 1, "gateway.messages", messages, "1 or more");
      require(messagesPerUser >= 1, "gateway.messages-per-user", messagesPerUser, "1 or more");
      require(
          connectionsPerUser >= 1, "gateway.connections-per-user", connectionsPerUser, "1 or more");
      require(connections >= 1, "gateway.connections", connections, "1 or more");
      require(idle.isPositive(), "gateway.idle", idle, "more than zero");
    }
  }
}
