package io.grizz.redis;

import io.grizz.api.ConfigException;
import io.grizz.api.Doorbell;
import io.grizz.api.QueueUnavailableException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A doorbell on Redis pub/sub. The library locks nothing, so one thread alone reads the connection
 * and another alone writes to it.
 *
 * <p>A healthy socket can be deaf after a failover: a probe, published to ourselves, tells.
 */
final class RedisDoorbell implements Doorbell {

  private static final Logger LOG = LoggerFactory.getLogger(RedisDoorbell.class);

  static final String CONTROL = "grizz:control";
  private static final String USER = "grizz:user:";
  private static final Duration PROBE = Duration.ofSeconds(10);
  private static final Duration DEAF = Duration.ofSeconds(25);
  private static final Duration CONFIRM = Duration.ofSeconds(5);
  private static final Duration JOIN = Duration.ofSeconds(2);
  private static final long RECONNECT_MILLIS = 100;

  private final Connections connections;
  private final Listener listener;
  private final Duration probing;
  private final String probe = "grizz:probe:" + UUID.randomUUID();
  private final Subscriptions subscriptions = new Subscriptions();
  private final LinkedBlockingQueue<Runnable> writes = new LinkedBlockingQueue<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread reader;
  private final Thread writer;
  private volatile @Nullable Jedis connection;
  private volatile @Nullable JedisPubSub ears;
  private volatile long heardNanos = System.nanoTime();
  private boolean away;

  private RedisDoorbell(Connections connections, Listener listener, Duration probing) {
    this.connections = connections;
    this.listener = listener;
    this.probing = probing;
    this.reader = Thread.ofPlatform().name("grizz-doorbell").daemon().unstarted(this::read);
    this.writer = Thread.ofPlatform().name("grizz-doorbell-asks").daemon().unstarted(this::write);
  }

  static RedisDoorbell open(Connections connections, Listener listener) {
    return open(connections, listener, PROBE);
  }

  /**
   * Opens it.
   *
   * @param probing how often it asks itself whether it hears
   */
  static RedisDoorbell open(Connections connections, Listener listener, Duration probing) {
    RedisDoorbell doorbell = new RedisDoorbell(connections, listener, probing);
    doorbell.reader.start();
    doorbell.writer.start();
    return doorbell;
  }

  @Override
  public void follow(UUID user) {
    CountDownLatch confirmed = subscriptions.want(USER + user);
    writes.add(this::subscribe);
    try {
      if (!confirmed.await(CONFIRM.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new QueueUnavailableException(
            "Redis did not confirm a subscription within " + CONFIRM,
            Duration.ofSeconds(1),
            new IllegalStateException("not subscribed"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueueUnavailableException("interrupted", Duration.ofSeconds(1), e);
    }
  }

  @Override
  public void leave(UUID user) {
    String channel = USER + user;
    subscriptions.forget(channel);
    writes.add(() -> unsubscribe(channel));
  }

  @Override
  public void order(Order order) {
    String text =
        switch (order) {
          case Order.Cancel(UUID job) -> "cancel " + job;
          case Order.Kick(UUID user) -> "kick " + user;
          case Order.Tend() -> "tend";
        };
    connections.call(redis -> redis.publish(CONTROL, text));
  }

  @Override
  public Duration silence() {
    return Duration.ofNanos(System.nanoTime() - heardNanos);
  }

  @Override
  public void close() {
    closing.countDown();
    writes.add(() -> {});
    hangUp();
    try {
      reader.join(JOIN.toMillis());
      writer.join(JOIN.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean closed() {
    return closing.getCount() == 0;
  }

  // ---- the reading thread

  private void read() {
    while (!closed()) {
      try (Jedis own = connections.own(DEAF)) {
        connection = own;
        if (!closed()) {
          own.subscribe(new Ears(), CONTROL, probe);
        }
      } catch (JedisException e) {
        if (!away && !closed()) {
          away = true;
          LOG.warn("the doorbell is deaf: {}. Trying again until it hears", e.getMessage());
        }
      } catch (RuntimeException | Error e) {
        // why: the one catch-all of this thread; a listener's fault must not end it
        LOG.error("the doorbell's listener failed", e);
      } finally {
        ears = null;
        connection = null;
      }
      rest();
    }
  }

  private void rest() {
    try {
      if (closing.await(RECONNECT_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.debug("the doorbell is closed");
      }
    } catch (InterruptedException e) {
      closing.countDown();
    }
  }

  private final class Ears extends JedisPubSub {
    @Override
    public void onSubscribe(String channel, int count) {
      heardNanos = System.nanoTime();
      if (channel.equals(CONTROL)) {
        ears = this;
        subscriptions.startOver();
        writes.add(RedisDoorbell.this::subscribe);
      } else if (channel.equals(probe)) {
        if (away) {
          away = false;
          LOG.info("the doorbell hears again");
        }
      }
      if (subscriptions.confirm(channel)) {
        listener.missed();
      }
    }

    @Override
    public void onMessage(String channel, String message) {
      heardNanos = System.nanoTime();
      if (channel.startsWith(USER)) {
        int space = message.indexOf(' ');
        listener.rang(
            UUID.fromString(channel.substring(USER.length())),
            message.substring(0, space),
            message.substring(space + 1));
      } else if (channel.equals(CONTROL)) {
        order(message).ifPresent(listener::ordered);
      }
    }
  }

  private static Optional<Order> order(String text) {
    String[] words = text.split(" ", 2);
    return switch (words[0]) {
      case "cancel" -> Optional.of(new Order.Cancel(UUID.fromString(words[1])));
      case "kick" -> Optional.of(new Order.Kick(UUID.fromString(words[1])));
      case "tend" -> Optional.of(new Order.Tend());
      // why: a newer version's order, which this one cannot follow
      default -> Optional.empty();
    };
  }

  // ---- the writing thread

  private void write() {
    long probed = System.nanoTime();
    try {
      while (!closed()) {
        // why by time: who is asked something all the time would never be probed
        long left = probing.toNanos() - (System.nanoTime() - probed);
        Runnable next = left <= 0 ? null : writes.poll(left, TimeUnit.NANOSECONDS);
        if (next == null) {
          probed = System.nanoTime();
        }
        ask(next == null ? this::probe : next);
      }
    } catch (InterruptedException e) {
      LOG.debug("interrupted, and ends");
    }
  }

  private void ask(Runnable what) {
    try {
      what.run();
    } catch (JedisException | QueueUnavailableException | ConfigException e) {
      LOG.debug("the doorbell could not be asked: {}", e.getMessage());
      hangUp();
    } catch (RuntimeException | Error e) {
      // why: the one catch-all of this thread; who follows later must be heard
      LOG.error("the doorbell could not be asked", e);
      hangUp();
    }
  }

  private void subscribe() {
    JedisPubSub now = ears;
    String[] missing = subscriptions.missing();
    if (now != null && missing.length > 0) {
      now.subscribe(missing);
    }
  }

  private void unsubscribe(String channel) {
    JedisPubSub now = ears;
    if (now != null && !subscriptions.wanted(channel)) {
      now.unsubscribe(channel);
    }
  }

  private void probe() {
    if (silence().compareTo(DEAF) > 0) {
      hangUp();
    } else {
      connections.call(redis -> redis.publish(probe, ""));
    }
  }

  /** Makes the reader connect again. */
  private void hangUp() {
    Jedis own = connection;
    if (own != null) {
      own.disconnect();
    }
  }
}
