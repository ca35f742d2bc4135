package io.grizz.redis;

import io.grizz.api.ConfigException;
import io.grizz.api.ConnectionNumbers;
import io.grizz.api.QueueUnavailableException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * The pool for short calls, and the maker of the connections that are not shared: what blocks never
 * takes a place in the pool.
 *
 * <p>A fair semaphore stands in front of the pool: the pool alone lets late callers overtake.
 */
final class Connections implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
  private static final Duration MARGIN = Duration.ofSeconds(2);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final RedisConfig config;
  private final RedisClient pool;
  private final Semaphore permits;

  Connections(RedisConfig config) {
    this.config = config;
    this.permits = new Semaphore(config.connections(), true);
    ConnectionPoolConfig poolConfig = new ConnectionPoolConfig();
    poolConfig.setMaxTotal(config.connections());
    poolConfig.setMaxIdle(config.connections());
    poolConfig.setMinIdle(config.connections());
    poolConfig.setMaxWait(config.reply());
    poolConfig.setJmxEnabled(false);
    // Each idle connection is asked for a sign of life this often, and replaced if it gives none.
    poolConfig.setTestWhileIdle(true);
    poolConfig.setTimeBetweenEvictionRuns(config.healthCheck());
    poolConfig.setNumTestsPerEvictionRun(-1);
    poolConfig.setMinEvictableIdleDuration(Duration.ofSeconds(-1));
    this.pool =
        RedisClient.builder()
            .hostAndPort(address())
            .clientConfig(clientConfig(config, Duration.ZERO))
            .poolConfig(poolConfig)
            .build();
  }

  /** Connects ahead of the first calls, as far as the server lets it. */
  void warm() {
    try {
      pool.getPool().addObjects(config.connections());
    } catch (JedisException e) {
      // why no more: a program may start before Redis does, and the calls will say what is wrong
      LOG.debug("Redis at {} could not be connected to yet: {}", config, e.getMessage());
    }
  }

  /** What the pool does at this moment. */
  ConnectionNumbers numbers() {
    int size = config.connections();
    return new ConnectionNumbers(
        size,
        size - permits.availablePermits(),
        pool.getPool().getNumIdle(),
        permits.getQueueLength());
  }

  /** Makes a short call, and says what failed in terms of the queue. */
  <T> T call(Function<RedisClient, T> call) {
    try {
      return raw(call);
    } catch (JedisException e) {
      throw failure(e);
    }
  }

  /** Makes a short call, and throws what the client throws. */
  <T> T raw(Function<RedisClient, T> call) {
    acquire();
    try {
      return call.apply(pool);
    } finally {
      permits.release();
    }
  }

  /** A connection of its caller's own, whose reads may block for {@code block}. */
  Jedis own(Duration block) {
    return new Jedis(address(), clientConfig(config, block));
  }

  /** One for short calls, on which nothing takes longer than {@code limit}. */
  Jedis ownWithin(Duration limit) {
    return new Jedis(address(), clientConfig(config.within(limit), Duration.ZERO));
  }

  /** Says what failed, in terms of the queue. */
  RuntimeException failure(JedisException cause) {
    Trouble trouble = Trouble.of(cause);
    if (trouble.equals(Trouble.BROKEN) && !Thread.currentThread().isInterrupted()) {
      // why: after a restart of the server every idle connection is stale, and would fail once; an
      // interrupt breaks the connection of its own call alone
      pool.getPool().clear();
    }
    if (trouble.treatment() == Trouble.Treatment.STOP) {
      return new ConfigException("redis.url", "refused by " + config, trouble.advice());
    }
    String advice = trouble.advice().isEmpty() ? "" : " (" + trouble.advice() + ")";
    return new QueueUnavailableException(
        "Redis at " + config + " does not serve: " + cause.getMessage() + advice,
        trouble.retryAfter(),
        cause);
  }

  @Override
  public void close() {
    pool.close();
  }

  private void acquire() {
    try {
      if (!permits.tryAcquire(config.reply().toMillis(), TimeUnit.MILLISECONDS)) {
        throw new QueueUnavailableException(
            "no Redis connection within "
                + config.reply()
                + " (in use="
                + config.connections()
                + ", waiting="
                + permits.getQueueLength()
                + "). Raise redis.connections.",
            RETRY_AFTER,
            new IllegalStateException("pool exhausted"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueueUnavailableException("interrupted before a call to Redis", RETRY_AFTER, e);
    }
  }

  private HostAndPort address() {
    return new HostAndPort(JedisURIHelper.getHostAndPort(config.uri()).getHost(), config.port());
  }

  private static JedisClientConfig clientConfig(RedisConfig config, Duration block) {
    DefaultJedisClientConfig.Builder builder =
        DefaultJedisClientConfig.builder()
            .autoNegotiateProtocol(false)
            .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
            .connectionTimeoutMillis((int) config.connect().toMillis())
            .socketTimeoutMillis((int) config.reply().toMillis())
            .blockingSocketTimeoutMillis((int) block.plus(MARGIN).toMillis())
            .database(JedisURIHelper.getDBIndex(config.uri()));
    if (JedisURIHelper.isRedisSSLScheme(config.uri())) {
      builder.sslOptions(SslOptions.defaults());
    }
    String user = JedisURIHelper.getUser(config.uri());
    String password = JedisURIHelper.getPassword(config.uri());
    if (password != null) {
      builder.password(password);
      if (user != null && !user.isEmpty()) {
        builder.user(user);
      }
    }
    return builder.build();
  }
}
