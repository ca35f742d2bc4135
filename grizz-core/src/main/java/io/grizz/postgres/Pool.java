package io.grizz.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.grizz.api.SessionEvent;
import io.grizz.api.SessionEvent.Listener;
import io.grizz.api.SessionEvent.PoolNumbers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connections, handed out in the order in which they were asked for: HikariCP alone is unfair. */
final class Pool implements AutoCloseable {

  private static final Duration LONGEST_LIFE = Duration.ofMinutes(10);
  private static final Duration KEEP_ALIVE = Duration.ofMinutes(2);
  private static final Duration OVERDUE = Duration.ofSeconds(60);
  private static final Logger LOG = LoggerFactory.getLogger(Pool.class);

  private final PostgresConfig config;
  private final HikariDataSource hikari;
  private final Semaphore turns;
  private final PlatformThreads threads;
  private final Duration connect;
  private final Listener listener;
  private final Map<Connection, Held> held = new ConcurrentHashMap<>();

  /** Who uses a connection since when. */
  private record Held(String name, long sinceNanos) {}

  Pool(PostgresConfig config, Listener listener) {
    this.config = config;
    this.listener = listener;
    this.turns = new Semaphore(config.poolSize(), true);
    this.threads = new PlatformThreads(config.poolSize());
    this.connect = Duration.ofMillis(config.patience().toMillis() / 2);
    HikariConfig settings = new HikariConfig();
    settings.setPoolName("grizz-postgres");
    // why: by its address, the driver would be looked for in every jar
    settings.setDataSource(PostgresInspection.source(config));
    config.greeting().ifPresent(settings::setConnectionInitSql);
    // why: else the greeting stays in a transaction, which whoever comes first would find open
    settings.setIsolateInternalQueries(true);
    settings.setAutoCommit(false);
    // why: else the first connection is asked, and if it breaks just then, no later one is of use
    // any more (HikariCP, issue 1944)
    settings.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    settings.setMaximumPoolSize(config.poolSize());
    // why: others are made when they are wanted; of a start with all, they would be a tenth
    settings.setMinimumIdle(1);
    settings.setIdleTimeout(0);
    settings.setConnectionTimeout(connect.toMillis());
    settings.setMaxLifetime(LONGEST_LIFE.toMillis());
    settings.setKeepaliveTime(KEEP_ALIVE.toMillis());
    settings.setLeakDetectionThreshold(OVERDUE.toMillis());
    // why: we start also while the database is away
    settings.setInitializationFailTimeout(-1);
    this.hikari = new HikariDataSource(settings);
  }

  /**
   * Does what needs a connection on a thread that suits it: the calling one, unless that is
   * virtual.
   *
   * @throws SessionTimeout when it does not get its turn in time
   */
  <T> T onPlatformThread(Turn turn, Function<Interruption, T> work) {
    Interruption interruption = new Interruption();
    if (!Thread.currentThread().isVirtual()) {
      return work.apply(interruption);
    }
    try {
      return threads.run(() -> work.apply(interruption), turn, interruption);
    } catch (TimeoutException e) {
      throw timeout(turn, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted(turn, e);
    }
  }

  /**
   * A connection, to be given to {@link #giveBack}.
   *
   * @throws SessionTimeout when there is none in time
   */
  Connection take(Turn turn) {
    await(turn);
    Connection connection = null;
    boolean taken = false;
    try {
      // why: the turn before left a connection, unless the database is away; then the time that is
      // left would not be enough to make one
      if (turn.waited().compareTo(connect) > 0 && numbers().idle() == 0) {
        throw timeout(turn, new SQLException("none free"));
      }
      connection = hikari.getConnection();
      held.put(connection, new Held(turn.name(), System.nanoTime()));
      tell(new SessionEvent.Acquired(turn.name(), turn.waited()));
      taken = true;
      return connection;
    } catch (SQLException e) {
      throw Thread.currentThread().isInterrupted() ? interrupted(turn, e) : timeout(turn, e);
    } finally {
      // why: an error, as of a stack without room, must cost neither a connection nor a turn
      if (!taken) {
        leave(connection);
      }
    }
  }

  private void leave(@Nullable Connection connection) {
    try {
      if (connection != null) {
        held.remove(connection);
        hikari.evictConnection(connection);
      }
    } finally {
      turns.release();
    }
  }

  /**
   * Takes a connection back.
   *
   * @param usable false when nobody knows in which state it is: then it is closed
   */
  void giveBack(Connection connection, boolean usable) {
    Held had = held.remove(connection);
    try {
      if (usable) {
        connection.close();
      } else {
        hikari.evictConnection(connection);
      }
    } catch (SQLException e) {
      hikari.evictConnection(connection);
    } finally {
      turns.release();
    }
    if (had != null) {
      Duration used = Duration.ofNanos(System.nanoTime() - had.sinceNanos());
      tell(new SessionEvent.Released(had.name(), used));
      if (used.compareTo(OVERDUE) > 0) {
        LOG.warn(
            "{} held a session for {}: it does more than talk to the database", had.name(), used);
        tell(new SessionEvent.Overdue(had.name(), used));
      }
    }
  }

  /** Says what happens; a listener that fails changes nothing. */
  void tell(SessionEvent event) {
    try {
      listener.on(event);
    } catch (RuntimeException e) {
      LOG.error("a listener failed on {}", event, e);
    }
  }

  /** One connection was found dead: the others, as old, are not to be tried one by one. */
  void distrust() {
    numbersOfHikari().ifPresent(HikariPoolMXBean::softEvictConnections);
  }

  PoolNumbers numbers() {
    int waiting = threads.waiting() + turns.getQueueLength();
    Optional<HikariPoolMXBean> now = numbersOfHikari();
    return new PoolNumbers(
        config.poolSize(),
        now.map(HikariPoolMXBean::getActiveConnections).orElse(0),
        now.map(HikariPoolMXBean::getIdleConnections).orElse(0),
        waiting,
        longest());
  }

  private Duration longest() {
    long now = System.nanoTime();
    return held.values().stream()
        .map(each -> Duration.ofNanos(now - each.sinceNanos()))
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    threads.close();
    hikari.close();
  }

  private void await(Turn turn) {
    try {
      if (!turns.tryAcquire(turn.left().toNanos(), TimeUnit.NANOSECONDS)) {
        throw timeout(turn, new SQLException("none free"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted(turn, e);
    }
  }

  private static SessionException interrupted(Turn turn, Exception e) {
    return new SessionException(
        "interrupted while " + turn.name() + " waited for a connection", "", e);
  }

  private SessionTimeout timeout(Turn turn, Exception cause) {
    PoolNumbers now = numbers();
    tell(new SessionEvent.TimedOut(turn.name(), turn.patience(), now));
    String why =
        "no connection for "
            + turn.name()
            + " within "
            + turn.patience()
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
                : "Raise session.pool-size-web or -worker, or look for slow transactions.");
    return new SessionTimeout(why, turn.patience(), now, cause);
  }

  private Optional<HikariPoolMXBean> numbersOfHikari() {
    return Optional.ofNullable(hikari.getHikariPoolMXBean());
  }
}
