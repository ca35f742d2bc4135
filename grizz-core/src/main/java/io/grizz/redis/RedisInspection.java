package io.grizz.redis;

import io.grizz.api.ConfigException;
import io.grizz.api.QueueUnavailableException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** Whether a Redis server can keep a queue. */
public final class RedisInspection {

  private static final String NEEDS = "6.2 or newer";
  private static final int LEAST_MAJOR = 6;
  private static final int LEAST_MINOR = 2;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private RedisInspection() {}

  /**
   * Looks at a server, over a connection of its own.
   *
   * @return the server's version
   * @throws ConfigException when the password is wrong, the server too old, or free to drop keys
   * @throws QueueUnavailableException when it cannot be reached
   */
  public static String inspect(RedisConfig config) {
    try (Connections connections = new Connections(config);
        Jedis own = connections.own(Duration.ZERO)) {
      String version = field(own.info("server"), "redis_version");
      requireVersion(version);
      requireNoEviction(own.info("memory"));
      return version;
    } catch (JedisAccessControlException e) {
      throw new ConfigException("redis.url", "refused by " + config, "with the right password");
    } catch (JedisDataException e) {
      if (String.valueOf(e.getMessage()).contains("AUTH")) {
        throw new ConfigException(
            "redis.url", "refused by " + config, "with a user and a password");
      }
      throw e;
    } catch (JedisConnectionException e) {
      throw new QueueUnavailableException(
          "no Redis answers at "
              + config
              + " ("
              + e.getMessage()
              + "): start it, or correct redis.url",
          RETRY_AFTER,
          e);
    }
  }

  private static void requireVersion(String version) {
    Matcher parts = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(version);
    if (parts.matches()) {
      int major = Integer.parseInt(parts.group(1));
      int minor = Integer.parseInt(parts.group(2));
      ConfigException.require(
          major > LEAST_MAJOR || (major == LEAST_MAJOR && minor >= LEAST_MINOR),
          "the version of Redis",
          version,
          NEEDS);
    }
  }

  private static void requireNoEviction(String memory) {
    String policy = field(memory, "maxmemory_policy");
    // why: under any other policy a full server drops jobs that were accepted
    ConfigException.require(
        policy.isEmpty() || policy.equals("noeviction"),
        "maxmemory-policy of Redis",
        policy,
        "noeviction, or accepted jobs may vanish");
  }

  private static String field(String info, String name) {
    Matcher line = Pattern.compile("(?m)^" + name + ":(\\S+)").matcher(info);
    return line.find() ? line.group(1) : "";
  }
}
