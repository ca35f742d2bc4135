package io.grizz.redis;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The renewal's own connection: used by one thread, and made anew after each failure. A call takes
 * a small part of a lease at most, so that a server that went silent leaves time for others.
 */
final class Renewals implements AutoCloseable {

  /** Calls that fit into one lease, and the shortest time that one is given. */
  private static final int CALLS = 10;

  private static final Duration SHORTEST = Duration.ofMillis(200);

  private final Scripts scripts;
  private final Duration limit;
  private @Nullable Jedis connection;

  Renewals(Scripts scripts, Duration lease) {
    this.scripts = scripts;
    Duration part = lease.dividedBy(CALLS);
    this.limit = part.compareTo(SHORTEST) < 0 ? SHORTEST : part;
  }

  Object run(List<String> args) {
    try {
      Jedis own = connection;
      if (own == null) {
        own = scripts.connections().ownWithin(limit);
        connection = own;
      }
      return scripts.run(own, Script.RENEW, args);
    } catch (JedisException e) {
      close();
      throw scripts.connections().failure(e);
    }
  }

  @Override
  public void close() {
    Jedis own = connection;
    connection = null;
    if (own != null) {
      own.close();
    }
  }
}
