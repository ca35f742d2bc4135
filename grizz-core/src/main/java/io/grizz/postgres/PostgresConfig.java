package io.grizz.postgres;

import static io.grizz.api.ConfigException.require;

import io.grizz.api.ConfigException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * How to reach Postgres. Immutable; {@link #toString} masks the password. Begin with {@link
 * #parse}, and change only what you must.
 *
 * @param uri {@code postgresql://user:password@host:port/database}; of its parameters, {@code
 *     sslmode} and {@code sslrootcert} are used: without the first, TLS is required of a server
 *     that is not on this machine
 * @param poolSize most connections, 1 or more; the sum of all processes' must fit the host's limit
 * @param patience how long to wait for one of them; at least 500 ms
 * @param pooling what stands between us and the database
 * @param statement how long one statement may run; at least 1 s
 * @param idle how long a transaction may do nothing; at least 1 s
 */
public record PostgresConfig(
    URI uri, int poolSize, Duration patience, Pooling pooling, Duration statement, Duration idle) {

  private static final String SETTING = "database.url";
  private static final String FORM = "postgresql://user:password@host:port/database";
  private static final int DEFAULT_PORT = 5432;
  private static final int TRANSACTION_POOLER_PORT = 6543;
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(500);
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration NETWORK = Duration.ofSeconds(10);
  private static final Set<String> TLS = Set.of("sslmode", "sslrootcert");

  /** How a pooler between us and the database hands out the database's connections. */
  public enum Pooling {
    /** One for as long as we are connected; also without a pooler. */
    SESSION,
    /** One for each transaction: nothing may be left behind on it. */
    TRANSACTION
  }

  public PostgresConfig {
    require(
        ("postgres".equals(uri.getScheme()) || "postgresql".equals(uri.getScheme()))
            && uri.getHost() != null
            && uri.getPath().length() > 1
            && uri.getRawUserInfo() != null,
        SETTING,
        "without a known scheme, a host, a user or a database",
        FORM);
    require(poolSize >= 1, "session.pool-size", poolSize, "1 or more");
    require(
        patience.compareTo(SHORTEST_WAIT) >= 0,
        "session.wait",
        patience,
        "at least " + SHORTEST_WAIT);
    require(
        statement.compareTo(SHORTEST) >= 0,
        "session.statement-timeout",
        statement,
        "at least " + SHORTEST);
    require(idle.compareTo(SHORTEST) >= 0, "session.idle-timeout", idle, "at least " + SHORTEST);
  }

  /**
   * 4 connections, 5 s of waiting, statements of 30 s, idle for 30 s; transaction pooling where the
   * port is 6543, as hosts that offer it have it.
   */
  public static PostgresConfig at(URI uri) {
    Pooling pooling =
        uri.getPort() == TRANSACTION_POOLER_PORT ? Pooling.TRANSACTION : Pooling.SESSION;
    return new PostgresConfig(
        uri, 4, Duration.ofSeconds(5), pooling, Duration.ofSeconds(30), Duration.ofSeconds(30));
  }

  /** As {@link #at}, from text; the password's special characters are percent-encoded. */
  public static PostgresConfig parse(String url) {
    try {
      return at(new URI(url.strip()));
    } catch (URISyntaxException e) {
      // why: neither the text nor the cause, as both contain the password
      throw new ConfigException(
          SETTING, "unreadable", FORM + ", with special characters percent-encoded");
    }
  }

  public PostgresConfig withPoolSize(int size) {
    return new PostgresConfig(uri, size, patience, pooling, statement, idle);
  }

  public PostgresConfig withPatience(Duration longest) {
    return new PostgresConfig(uri, poolSize, longest, pooling, statement, idle);
  }

  public PostgresConfig withPooling(Pooling kind) {
    return new PostgresConfig(uri, poolSize, patience, kind, statement, idle);
  }

  /**
   * The same with other limits for what a transaction does.
   *
   * @param longestStatement how long one statement may run
   * @param longestIdle how long a transaction may do nothing
   */
  public PostgresConfig withTimeouts(Duration longestStatement, Duration longestIdle) {
    return new PostgresConfig(uri, poolSize, patience, pooling, longestStatement, longestIdle);
  }

  /** Without user and password. */
  @Override
  public String toString() {
    return "postgresql://"
        + uri.getHost()
        + ":"
        + port()
        + uri.getRawPath()
        + " ("
        + poolSize
        + " connections, "
        + pooling
        + ")";
  }

  String jdbcUrl() {
    return "jdbc:postgresql://" + uri.getHost() + ":" + port() + uri.getRawPath();
  }

  String user() {
    return account(0).orElse("postgres");
  }

  String password() {
    return account(1).orElse("");
  }

  /** What the driver is told; its own defaults wait for ever. */
  Properties driver() {
    Properties properties = new Properties();
    tls().forEach(properties::setProperty);
    properties.setProperty("sslmode", tlsMode());
    properties.setProperty("ApplicationName", "grizz");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("connectTimeout", String.valueOf(Math.max(1, patience.toSeconds())));
    properties.setProperty("socketTimeout", String.valueOf(statement.plus(NETWORK).toSeconds()));
    // why: the detail of an error quotes rows, and errors are logged
    properties.setProperty("logServerErrorDetail", "false");
    if (pooling == Pooling.TRANSACTION) {
      properties.setProperty("prepareThreshold", "0");
    }
    return properties;
  }

  /**
   * What a connection that is ours alone is told once: how long things may take. Behind a
   * transaction pooler it would be said to others, so each transaction says it there.
   */
  Optional<String> greeting() {
    return pooling == Pooling.TRANSACTION
        ? Optional.empty()
        : Optional.of(
            "select set_config('statement_timeout', '%d', false),".formatted(statement.toMillis())
                + " set_config('idle_in_transaction_session_timeout', '%d', false)"
                    .formatted(idle.toMillis()));
  }

  private int port() {
    return uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
  }

  private Optional<String> account(int part) {
    String[] parts = uri.getRawUserInfo().split(":", 2);
    return parts.length > part ? Optional.of(decoded(parts[part])) : Optional.empty();
  }

  /** How the way to the server is protected, in the words of libpq. */
  String tlsMode() {
    String unsaid = onLoopback() ? "prefer" : "require";
    return tls().getOrDefault("sslmode", unsaid);
  }

  boolean onLoopback() {
    String host = uri.getHost();
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  private Map<String, String> tls() {
    Map<String, String> known = new HashMap<>();
    String query = Optional.ofNullable(uri.getRawQuery()).orElse("");
    for (String parameter : query.split("&", -1)) {
      String[] parts = parameter.split("=", 2);
      if (parts.length == 2 && TLS.contains(parts[0])) {
        known.put(parts[0], decoded(parts[1]));
      }
    }
    return known;
  }

  private static String decoded(String text) {
    // why: a plus is a plus here; only in forms is it a space
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
