package io.grizz.redis;

import static io.grizz.api.ConfigException.require;

import java.net.URI;
import java.time.Duration;

/**
 * How to reach Redis. Immutable; {@link #toString} masks the password.
 *
 * @param uri {@code redis://} or, with TLS, {@code rediss://}
 * @param connections most connections for short calls, 1 or more; blocking reads and renewal have
 *     their own
 * @param connect how long to wait for a connection
 * @param reply how long to wait for an answer
 */
public record RedisConfig(URI uri, int connections, Duration connect, Duration reply) {

  public RedisConfig {
    require(
        ("redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme()))
            && uri.getHost() != null,
        "redis.url",
        "without a known scheme or host",
        "redis://host:port or rediss://host:port");
    require(connections >= 1, "redis.connections", connections, "1 or more");
    require(connect.isPositive(), "redis.connect-timeout", connect, "more than zero");
    require(reply.isPositive(), "redis.reply-timeout", reply, "more than zero");
  }

  /** 16 connections, 2 s to connect, 5 s for an answer. */
  public static RedisConfig at(URI uri) {
    return new RedisConfig(uri, 16, Duration.ofSeconds(2), Duration.ofSeconds(5));
  }

  @Override
  public String toString() {
    return uri.getScheme() + "://" + uri.getHost() + ":" + uri.getPort();
  }
}
