package io.grizz.redis;

import io.grizz.api.QueueUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * The pool for short calls, and the maker of the connections that are not shared.
 *
 * <p>A fair semaphore stands in front of the pool: the pool alone lets late callers overtake.
 */
final class Connections implements AutoCloseable {

  private static final Duration MARGIN = Duration.ofSeconds(2);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final RedisConfig config;
  private final StreamKeys keys;
  private final List<String> retention;
  private final RedisClient pool;
  private final Semaphore permits;

  Connections(RedisConfig config, StreamKeys keys, List<String> retention) {
    this.config = config;
    this.keys = keys;
    this.retention = retention;
    this.permits = new Semaphore(config.connections(), true);
    ConnectionPoolConfig poolConfig = new ConnectionPoolConfig();
    poolConfig.setMaxTotal(config.connections());
    poolConfig.setMaxIdle(config.connections());
    poolConfig.setMaxWait(config.reply());
    poolConfig.setJmxEnabled(false);
    this.pool =
        RedisClient.builder()
            .hostAndPort(address())
            .clientConfig(clientConfig(Duration.ZERO))
            .poolConfig(poolConfig)
            .build();
  }

  /** Runs a script on a pooled connection. */
  Object run(Script script, List<String> args) {
    List<String> full = full(args);
    return call(redis -> evaluate(script, full));
  }

  /** Runs a script many times in one round trip; the answers in the calls' order. */
  List<Object> runAll(Script script, List<List<String>> calls) {
    List<Response<Object>> responses =
        call(redis -> {
          try (AbstractPipeline pipeline = redis.pipelined()) {
            List<Response<Object>> all = new ArrayList<>(calls.size());
            calls.forEach(args -> all.add(pipeline.evalsha(script.sha(), keys.all(), full(args))));
            pipeline.sync();
            return all;
          }
        });
    List<Object> answers = new ArrayList<>(calls.size());
    for (int i = 0; i < calls.size(); i++) {
      try {
        answers.add(responses.get(i).get());
      } catch (JedisDataException e) {
        // why: the server lacks the script or the lanes; alone, the call makes them
        answers.add(run(script, calls.get(i)));
      }
    }
    return answers;
  }

  /** Runs a script on the caller's own connection. */
  Object run(Jedis own, Script script, List<String> args) {
    try {
      return own.evalsha(script.sha(), keys.all(), full(args));
    } catch (JedisNoScriptException e) {
      return own.eval(script.text(), keys.all(), full(args));
    }
  }

  /** Makes a short call that is no script. */
  <T> T call(Function<RedisClient, T> call) {
    acquire();
    try {
      return call.apply(pool);
    } catch (JedisConnectionException e) {
      // why: after a restart of the server every idle connection is stale, and would fail once
      pool.getPool().clear();
      throw unavailable(e);
    } catch (JedisException e) {
      throw unavailable(e);
    } finally {
      permits.release();
    }
  }

  /** A connection of its caller's own, whose reads may block for {@code block}. */
  Jedis own(Duration block) {
    return new Jedis(address(), clientConfig(block));
  }

  /** Says what failed, in terms of the queue. */
  QueueUnavailableException unavailable(JedisException cause) {
    return new QueueUnavailableException(
        "Redis at " + config + " does not serve: " + cause.getMessage(), RETRY_AFTER, cause);
  }

  @Override
  public void close() {
    pool.close();
  }

  /** Runs a script, loading it or making the lanes first where the server lacks them. */
  private Object evaluate(Script script, List<String> args) {
    try {
      return pool.evalsha(script.sha(), keys.all(), args);
    } catch (JedisNoScriptException e) {
      return evaluateText(script, args);
    } catch (JedisDataException e) {
      if (!lacksGroup(e)) {
        throw e;
      }
      return evaluateText(script, args);
    }
  }

  private Object evaluateText(Script script, List<String> args) {
    try {
      return pool.eval(script.text(), keys.all(), args);
    } catch (JedisDataException e) {
      if (!lacksGroup(e)) {
        throw e;
      }
      // why: new, or lost by a flush or a failover; every script is safe to repeat
      createLanes();
      return pool.eval(script.text(), keys.all(), args);
    }
  }

  private static boolean lacksGroup(JedisDataException e) {
    return String.valueOf(e.getMessage()).contains("NOGROUP");
  }

  /** Creates what is missing of the lanes and their groups. */
  private void createLanes() {
    for (String lane : keys.lanes()) {
      try {
        pool.xgroupCreate(lane, StreamKeys.GROUP, new StreamEntryID(0, 0), true);
      } catch (JedisDataException e) {
        if (!String.valueOf(e.getMessage()).startsWith("BUSYGROUP")) {
          throw e;
        }
      }
    }
  }

  private List<String> full(List<String> args) {
    List<String> full = new ArrayList<>(1 + retention.size() + args.size());
    full.add(keys.prefix());
    full.addAll(retention);
    full.addAll(args);
    return full;
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
    return JedisURIHelper.getHostAndPort(config.uri());
  }

  private JedisClientConfig clientConfig(Duration block) {
    DefaultJedisClientConfig.Builder builder =
        DefaultJedisClientConfig.builder()
            .autoNegotiateProtocol(false)
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
