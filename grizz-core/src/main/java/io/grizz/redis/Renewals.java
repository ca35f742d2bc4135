package io.grizz.redis;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** The renewal's own connection: used by one thread, and made anew after each failure. */
final class Renewals implements AutoCloseable {

  private final Scripts scripts;
  private @Nullable Jedis connection;

  Renewals(Scripts scripts) {
    this.scripts = scripts;
  }

  Object run(List<String> args) {
    try {
      Jedis own = connection;
      if (own == null) {
        own = scripts.connections().own(Duration.ZERO);
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
