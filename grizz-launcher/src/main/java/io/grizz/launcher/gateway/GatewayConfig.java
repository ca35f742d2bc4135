package io.grizz.launcher.gateway;

import static io.grizz.api.ConfigException.require;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How a web process listens, whom it lets in, how much of it, and what it offers. */
public record GatewayConfig(
    Address address, Access access, Auth auth, Limits limits, Delivery delivery, Offer offer) {

  public GatewayConfig {
    require(
        delivery.total() >= delivery.close(),
        "gateway.outbox-total",
        delivery.total(),
        "at least gateway.outbox-close");
  }

  public GatewayConfig with(Address other) {
    return new GatewayConfig(other, access, auth, limits, delivery, offer);
  }

  public GatewayConfig with(Access other) {
    return new GatewayConfig(address, other, auth, limits, delivery, offer);
  }

  public GatewayConfig with(Auth other) {
    return new GatewayConfig(address, access, other, limits, delivery, offer);
  }

  public GatewayConfig with(Limits other) {
    return new GatewayConfig(address, access, auth, other, delivery, offer);
  }

  public GatewayConfig with(Delivery other) {
    return new GatewayConfig(address, access, auth, limits, other, offer);
  }

  public GatewayConfig with(Offer other) {
    return new GatewayConfig(address, access, auth, limits, delivery, other);
  }

  /**
   * Where to listen.
   *
   * @param port of HTTP; the WebSocket has the next one, or with a front the same
   * @param publicWs where browsers find the WebSocket, when a proxy stands in front
   * @param front whether one port serves both
   */
  public record Address(String host, int port, Optional<String> publicWs, boolean front) {
    private static final int LAST = 65_534;

    public Address {
      require(port >= 1 && port <= LAST, "gateway.port", port, "1 to " + LAST);
      require(
          publicWs.map(it -> it.startsWith("ws://") || it.startsWith("wss://")).orElse(true),
          "gateway.public-ws",
          publicWs.orElse(""),
          "a ws:// or wss:// address");
    }

    /** The host as it stands in a URL. */
    public String hostInUrl() {
      return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    }

    /** Whether only this machine can reach it. */
    boolean loopback() {
      InetAddress address = new InetSocketAddress(host, port).getAddress();
      return address != null && address.isLoopbackAddress();
    }

    /** Where clients find the WebSocket. */
    public int webSocketPort() {
      return front ? port : port + 1;
    }
  }

  /**
   * From where one may come.
   *
   * @param origins pages that may connect; empty for those of this host and port
   * @param trustedProxies whose word about their own clients is believed
   * @param operator who may look behind the doors
   * @param legacy clients of the old kind may connect, and tokens may stand in addresses
   * @param dev unsafe settings are accepted
   */
  public record Access(
      List<String> origins,
      List<String> trustedProxies,
      Operator operator,
      boolean legacy,
      boolean dev) {

    /** This host's own pages, no proxy, no operator, nothing unsafe. */
    public static final Access STANDARD =
        new Access(List.of(), List.of(), Operator.NOBODY, false, false);

    public Access {
      origins = List.copyOf(origins);
      trustedProxies = List.copyOf(trustedProxies);
      require(
          dev || !origins.contains("*"),
          "gateway.origins",
          "*",
          "exact origins, unless GRIZZ_DEV is true");
      trustedProxies.forEach(Network::parse);
    }

    public Access withOrigins(List<String> others) {
      return new Access(others, trustedProxies, operator, legacy, dev);
    }

    public Access withProxies(List<String> others) {
      return new Access(origins, others, operator, legacy, dev);
    }

    public Access with(Operator other) {
      return new Access(origins, trustedProxies, other, legacy, dev);
    }

    public Access inDevelopment() {
      return new Access(origins, trustedProxies, operator, legacy, true);
    }

    public Access withLegacy() {
      return new Access(origins, trustedProxies, operator, true, dev);
    }
  }

  /**
   * Who may see {@code /metrics} and use {@code /admin}. {@link #toString} masks the token.
   *
   * @param token empty when nobody may
   * @param remote whether {@code /admin} answers other machines
   */
  public record Operator(Optional<String> token, boolean remote) {

    public static final Operator NOBODY = new Operator(Optional.empty(), false);

    public Operator {
      token.ifPresent(it -> requireLong("admin.token", it));
    }

    @Override
    public String toString() {
      return token.isPresent() ? "an operator with a token" : "no operator";
    }
  }

  /**
   * Which tokens are good. {@link #toString} masks the secret.
   *
   * @param generated Grizz made the secret itself: it may give tokens to developers
   * @param keys where the public keys of other tokens are
   */
  public record Auth(String secret, boolean generated, Claims claims, Optional<PublicKeys> keys) {
    public Auth {
      requireLong("auth.secret", secret);
    }

    @Override
    public String toString() {
      return claims + keys.map(it -> ", keys of " + it.uri()).orElse("");
    }
  }

  /**
   * What a token has to say.
   *
   * @param roles that it may have, if it says one
   */
  public record Claims(List<String> issuers, String audience, Set<String> roles) {
    public Claims {
      issuers = List.copyOf(issuers);
      roles = Set.copyOf(roles);
      require(!issuers.isEmpty(), "auth.issuer", "empty", "one issuer or more");
      require(!audience.isBlank(), "auth.audience", "empty", "an audience");
    }
  }

  /**
   * How much one client, one user and all together may ask for.
   *
   * @param frame longest frame in bytes
   * @param header longest handshake in bytes
   * @param body longest body of a request in bytes
   * @param inFlight open jobs of one user, as clients are told
   * @param watched jobs that one connection may watch at once
   */
  public record Limits(
      int frame,
      int header,
      int body,
      int inFlight,
      int watched,
      Rates rates,
      Connections connections,
      Patience patience) {
    private static final int LEAST = 1024;

    public Limits {
      require(frame >= LEAST, "gateway.frame", frame, LEAST + " bytes or more");
      require(header >= LEAST, "gateway.header", header, LEAST + " bytes or more");
      require(body >= LEAST, "gateway.body", body, LEAST + " bytes or more");
      require(watched >= 1, "gateway.watched", watched, "1 or more");
    }

    public Limits with(Rates other) {
      return new Limits(frame, header, body, inFlight, watched, other, connections, patience);
    }

    public Limits with(Connections other) {
      return new Limits(frame, header, body, inFlight, watched, rates, other, patience);
    }

    public Limits with(Patience other) {
      return new Limits(frame, header, body, inFlight, watched, rates, connections, other);
    }
  }

  /**
   * How often, each minute.
   *
   * @param messages on one connection
   * @param messagesPerUser of one user
   * @param watches on one connection
   * @param errors of the protocol on one connection
   */
  public record Rates(int messages, int messagesPerUser, int watches, int errors) {
    public Rates {
      require(messages >= 1, "gateway.messages", messages, "1 or more");
      require(messagesPerUser >= 1, "gateway.messages-per-user", messagesPerUser, "1 or more");
      require(watches >= 1, "gateway.watches", watches, "1 or more");
      require(errors >= 1, "gateway.errors", errors, "1 or more");
    }
  }

  /**
   * How many connections.
   *
   * @param accepts new ones a second
   */
  public record Connections(int perUser, int perAddress, int total, int accepts) {
    public Connections {
      require(perUser >= 1, "gateway.connections-per-user", perUser, "1 or more");
      require(perAddress >= 1, "gateway.connections-per-address", perAddress, "1 or more");
      require(total >= 1, "gateway.connections", total, "1 or more");
      require(accepts >= 1, "gateway.accepts", accepts, "1 or more");
    }
  }

  /**
   * How long to wait.
   *
   * @param hello for the first frame
   * @param idle for the next frame, while no job is watched
   * @param silence for a watched job's next event, before its log is read; and of a stream over
   *     HTTP, before it says that it is alive
   * @param heartbeat between two pings; a client that answers none for half as long again is dead
   * @param lookAgain after which the token of an open connection is checked again
   */
  public record Patience(
      Duration hello, Duration idle, Duration silence, Duration heartbeat, Duration lookAgain) {
    public Patience {
      require(hello.isPositive(), "gateway.hello", hello, "more than zero");
      require(idle.isPositive(), "gateway.idle", idle, "more than zero");
      require(silence.isPositive(), "gateway.silence", silence, "more than zero");
      require(heartbeat.toSeconds() >= 1, "gateway.heartbeat", heartbeat, "at least 1s");
      require(lookAgain.isPositive(), "gateway.look-again", lookAgain, "more than zero");
    }

    /** How long a client may hear nothing before it asks: a little less than it is asked itself. */
    Duration clientHeartbeat() {
      return heartbeat.multipliedBy(5).dividedBy(6);
    }
  }

  /**
   * What may wait for a client that reads slowly, in bytes, and how clients are sent elsewhere.
   *
   * @param merge past this, deltas are merged
   * @param drop past this, events are dropped, and a snapshot follows later
   * @param close past this, the connection is closed
   * @param total for all clients together
   * @param stuck how long a client may take nothing
   * @param drain how long to take for sending all clients elsewhere
   */
  public record Delivery(
      int merge, int drop, int close, int total, Duration stuck, Duration drain) {
    public Delivery {
      require(merge >= 1, "gateway.outbox-merge", merge, "1 byte or more");
      require(drop >= merge, "gateway.outbox-drop", drop, "at least gateway.outbox-merge");
      require(close >= drop, "gateway.outbox-close", close, "at least gateway.outbox-drop");
      require(stuck.isPositive(), "gateway.stuck", stuck, "more than zero");
      require(!drain.isNegative(), "gateway.drain", drain, "0 or more");
    }
  }

  /**
   * What a client may ask for.
   *
   * @param jobTypes types that {@code POST /v1/jobs} may enqueue
   * @param models models that a message may name, besides {@code default}
   * @param fileHosts hosts that files of a message may be on
   * @param longestAnswer tokens that a message may ask for
   * @param offlineModel whether answers come from the stand-in
   */
  public record Offer(
      Set<String> jobTypes,
      Set<String> models,
      Set<String> fileHosts,
      int longestAnswer,
      boolean offlineModel) {
    public Offer {
      jobTypes = Set.copyOf(jobTypes);
      models = Set.copyOf(models);
      fileHosts = Set.copyOf(fileHosts);
      require(longestAnswer >= 1, "gateway.max-output-tokens", longestAnswer, "1 or more");
    }
  }

  private static void requireLong(String setting, String secret) {
    final int least = 32;
    require(
        secret.getBytes(StandardCharsets.UTF_8).length >= least,
        setting,
        "too short",
        least + " bytes or more");
  }
}
