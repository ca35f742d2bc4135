package io.grizz.redis;

import static io.grizz.api.ConfigException.require;

import java.net.URI;
import java.time.Duration;

/**
 * How to reach Redis. Immutable; {@link #toString} masks the password.
 *
 * @param uri {@code redis://} or, with TLS, {@code rediss://}; without a port, 6379
 * @param connections connections for short calls, 1 to {@link #MOST}; blocking reads, renewal and
 *     the doorbell have their own
 * @param connect how long to wait for a connection
 * @param reply how long to wait for an answer
 * @param healthCheck how often idle connections are asked for a sign of life
 */
public record RedisConfig(
    URI uri, int connections, Duration connect, Duration reply, Duration healthCheck) {

  /** Most connections of one process for short calls; more of them only wait for one server. */
  public static final int MOST = 50;

  private static final int DEFAULT_PORT = 6379;
  private static final int LEAST = 4;
  private static final int JOBS_OF_ONE = 8;

  public RedisConfig {
    require(
        ("redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme()))
            && uri.getHost() != null,
        "redis.url",
        "without a known scheme or host",
        "redis://host:port or rediss://host:port");
    require(
        connections >= 1 && connections <= MOST, "redis.connections", connections, "1 to " + MOST);
    require(connect.isPositive(), "redis.connect-timeout", connect, "more than zero");
    require(reply.isPositive(), "redis.reply-timeout", reply, "more than zero");
    require(healthCheck.isPositive(), "redis.health-check", healthCheck, "more than zero");
  }

  /** 16 connections, 2 s to connect, 5 s for an answer, a sign of life each 30 s. */
  public static RedisConfig at(URI uri) {
    return new RedisConfig(
        uri, 16, Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(30));
  }

  /** The same with as many connections as a worker of this concurrency keeps busy. */
  public RedisConfig forConcurrency(int concurrency) {
    return withConnections(connectionsFor(concurrency));
  }

  public RedisConfig withConnections(int connections) {
    return new RedisConfig(uri, connections, connect, reply, healthCheck);
  }

  /** The same with no time limit above {@code limit}. */
  RedisConfig within(Duration limit) {
    return new RedisConfig(
        uri, connections, shorter(connect, limit), shorter(reply, limit), healthCheck);
  }

  private static Duration shorter(Duration one, Duration two) {
    return one.compareTo(two) < 0 ? one : two;
  }

  /**
   * As many connections as so many jobs keep busy. Jobs mostly wait for something else, and those
   * that end together share a call.
   */
  public static int connectionsFor(int concurrency) {
    return Math.clamp(concurrency / JOBS_OF_ONE, LEAST, MOST);
  }

  @Override
  public String toString() {
    return uri.getScheme() + "://" + uri.getHost() + ":" + port();
  }

  int port() {
    return uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
  }
}
