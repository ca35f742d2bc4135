package io.grizz.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Connections, handed out in the order in which they were asked for: HikariCP alone is unfair. */
final class Pool implements AutoCloseable {

  private static final Duration LONGEST_LIFE = Duration.ofMinutes(10);
  private static final Duration KEEP_ALIVE = Duration.ofMinutes(2);
  private static final Duration LEAK = Duration.ofSeconds(60);

  private final PostgresConfig config;
  private final HikariDataSource hikari;
  private final Semaphore turns;
  private final Duration connect;

  Pool(PostgresConfig config) {
    this.config = config;
    this.turns = new Semaphore(config.poolSize(), true);
    this.connect = config.patience().dividedBy(2);
    HikariConfig settings = new HikariConfig();
    settings.setPoolName("grizz-postgres");
    settings.setJdbcUrl(config.jdbcUrl());
    settings.setUsername(config.user());
    settings.setPassword(config.password());
    settings.setDataSourceProperties(config.driver());
    settings.setAutoCommit(false);
    settings.setMaximumPoolSize(config.poolSize());
    settings.setConnectionTimeout(connect.toMillis());
    settings.setMaxLifetime(LONGEST_LIFE.toMillis());
    settings.setKeepaliveTime(KEEP_ALIVE.toMillis());
    settings.setLeakDetectionThreshold(LEAK.toMillis());
    // why: we start also while the database is away
    settings.setInitializationFailTimeout(-1);
    this.hikari = new HikariDataSource(settings);
  }

  /**
   * A connection, to be given to {@link #giveBack}.
   *
   * @throws SessionTimeout when there is none in time
   */
  Connection take(String name) {
    long asked = System.nanoTime();
    await(name);
    boolean taken = false;
    try {
      // why: the turn before left a connection, unless the database is away; then the time that is
      // left would not be enough to make one
      if (System.nanoTime() - asked > connect.toNanos() && numbers().idle() == 0) {
        throw timeout(name, null);
      }
      Connection connection = hikari.getConnection();
      taken = true;
      return connection;
    } catch (SQLException e) {
      throw timeout(name, e);
    } finally {
      if (!taken) {
        turns.release();
      }
    }
  }

  void giveBack(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      hikari.evictConnection(connection);
    } finally {
      turns.release();
    }
  }

  /** One connection was found dead: the others, as old, are not to be tried one by one. */
  void distrust() {
    numbersOfHikari().ifPresent(HikariPoolMXBean::softEvictConnections);
  }

  SessionScope.PoolNumbers numbers() {
    int waiting = turns.getQueueLength();
    return numbersOfHikari()
        .map(it ->
            new SessionScope.PoolNumbers(
                config.poolSize(), it.getActiveConnections(), it.getIdleConnections(), waiting))
        .orElse(new SessionScope.PoolNumbers(config.poolSize(), 0, 0, waiting));
  }

  @Override
  public void close() {
    hikari.close();
  }

  private void await(String name) {
    try {
      if (!turns.tryAcquire(config.patience().toMillis(), TimeUnit.MILLISECONDS)) {
        throw timeout(name, null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SessionException("interrupted while " + name + " waited for a connection", "", e);
    }
  }

  private SessionTimeout timeout(String name, @Nullable SQLException cause) {
    SessionScope.PoolNumbers now = numbers();
    String why =
        "no connection for "
            + name
            + " within "
            + config.patience()
            + ": of "
            + now.size()
            + ", "
            + now.active()
            + " are in use and "
            + now.idle()
            + " idle; "
            + now.waiting()
            + " callers wait. "
            + (now.active() + now.idle() == 0
                ? "The database does not answer."
                : "Raise session.pool-size, or look for slow transactions.");
    return new SessionTimeout(why, cause == null ? new SQLException("none free") : cause);
  }

  private Optional<HikariPoolMXBean> numbersOfHikari() {
    return Optional.ofNullable(hikari.getHikariPoolMXBean());
  }
}
