package io.grizz.redis;

import static io.grizz.api.ConfigException.require;

import io.grizz.api.ConnectionNumbers;
import io.grizz.api.ProviderLimits;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import redis.clients.jedis.exceptions.JedisException;

/** {@link ProviderLimits} in Redis, shared by all who open them under one name. */
public final class RedisLimits implements ProviderLimits, AutoCloseable {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final int CONNECTIONS = 2;
  private static final String NO_BOUND = "0";
  private static final String TEXT = Script.resource("limit");
  private static final String SHA = Script.hex("SHA-1", TEXT);

  private final Connections connections;
  private final List<String> keys;
  private final Bounds bounds;
  private final Duration longest;
  private final RandomGenerator random;

  private RedisLimits(Connections connections, List<String> keys, Bounds bounds, Duration longest) {
    this.connections = connections;
    this.keys = keys;
    this.bounds = bounds;
    this.longest = longest;
    this.random = RandomGenerator.getDefault();
  }

  /**
   * Opens the limits of one provider.
   *
   * @param provider 1 to 64 of {@code A-Z a-z 0-9 . _ -}; becomes part of every key
   * @param longest how long a call may run: after this its place is free, whatever became of it
   */
  public static RedisLimits open(
      RedisConfig redis, String provider, Bounds bounds, Duration longest) {
    require(
        NAME.matcher(provider).matches(),
        "the name of a provider",
        provider,
        "1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'");
    String prefix = "grizz:limit:{" + provider + "}:";
    List<String> keys =
        List.of(prefix + "window", prefix + "tokens", prefix + "calls", prefix + "pause");
    return new RedisLimits(
        new Connections(redis.withConnections(CONNECTIONS)), keys, bounds, longest);
  }

  @Override
  public Optional<Duration> reserve(String call, long tokens) {
    long wait =
        run(
            "reserve",
            call,
            String.valueOf(tokens),
            bound(bounds.requests()),
            bound(bounds.tokens()),
            bound(bounds.calls()),
            RedisQueue.millis(longest));
    // why longer: those who were told the same moment should not all come at once
    return wait == 0
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(wait + random.nextLong(wait / 2 + 1)));
  }

  /** Nobody is asked where tokens are not bounded. */
  @Override
  public Optional<Duration> enlarge(String call, long tokens) {
    return bounds.tokens().isEmpty() ? Optional.empty() : reserve(call, tokens);
  }

  @Override
  public void settle(String call, long tokens) {
    run("settle", call, String.valueOf(tokens));
  }

  @Override
  public void giveBack(String call) {
    run("give-back", call);
  }

  @Override
  public void pause(Duration time) {
    run("pause", RedisQueue.millis(time));
  }

  /** What the pool of connections does at this moment. */
  public ConnectionNumbers connections() {
    return connections.numbers();
  }

  @Override
  public void close() {
    connections.close();
  }

  private long run(String... args) {
    List<String> all = List.of(args);
    try {
      return Reply.number(connections.raw(redis -> redis.evalsha(SHA, keys, all)));
    } catch (JedisException e) {
      if (Trouble.of(e).treatment() == Trouble.Treatment.LOAD) {
        return Reply.number(connections.call(redis -> redis.eval(TEXT, keys, all)));
      }
      throw connections.failure(e);
    }
  }

  private static String bound(Optional<Integer> most) {
    return most.map(String::valueOf).orElse(NO_BOUND);
  }
}
