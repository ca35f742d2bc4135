package io.grizz.launcher.gateway;

import io.grizz.api.Doorbell;
import io.grizz.api.JobQueue;
import io.grizz.api.Priority;
import io.grizz.api.QueueUnavailableException;
import io.grizz.json.JsonFormatException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is connected, and the one doorbell that all connections share. A ring goes to the mailboxes
 * of its user's connections and to nobody else's.
 */
final class Hub implements Doorbell.Listener, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

  private static final int MANY = 10_000;

  /** One user's connections. */
  private record Presence(Set<Guest> connections) {}

  private final Map<UUID, Presence> users = new ConcurrentHashMap<>();

  /** What users may still say; kept when they leave, so that coming back gains nothing. */
  private final Map<UUID, TokenBucket> messages = new ConcurrentHashMap<>();

  private final AtomicLong outboxBytes = new AtomicLong();
  private final Tally closed = new Tally();
  private final Tally refused = new Tally();
  private final GatewayConfig.Limits limits;
  private final long mostOutboxBytes;
  private final Backpressure pressure;
  private final Doorbell doorbell;
  private final Semaphore left = new Semaphore(0);
  private volatile boolean drains;

  Hub(JobQueue queue, GatewayConfig config, Backpressure pressure) {
    this.limits = config.limits();
    this.mostOutboxBytes = config.delivery().total();
    this.pressure = pressure;
    this.doorbell = queue.doorbell(this);
  }

  /** Lets a connection in; false when its user has as many as one may have. */
  boolean enter(UUID user, Guest connection) {
    boolean[] entered = {false};
    users.compute(
        user,
        (id, present) -> {
          Presence presence =
              present != null ? present : new Presence(ConcurrentHashMap.newKeySet());
          entered[0] =
              presence.connections().size() < limits.connections().perUser()
                  && presence.connections().add(connection);
          return presence;
        });
    return entered[0];
  }

  /**
   * Makes sure that this user's events are heard from now on.
   *
   * @throws QueueUnavailableException when that cannot be said yet
   */
  void follow(UUID user) {
    doorbell.follow(user);
  }

  void leave(UUID user, Guest connection) {
    users.computeIfPresent(
        user,
        (id, presence) -> {
          presence.connections().remove(connection);
          if (presence.connections().isEmpty()) {
            doorbell.leave(user);
            return null;
          }
          return presence;
        });
    if (drains) {
      left.release();
    }
  }

  /** Waits until nobody is left, and no longer than this, once clients are sent elsewhere. */
  void awaitNobody(Duration longest) throws InterruptedException {
    long end = System.nanoTime() + longest.toNanos();
    while (!users.isEmpty()
        && left.tryAcquire(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
      LOG.trace("one less");
    }
  }

  /**
   * How long the user has to wait before the next message; 0 for not at all. While the queue fills
   * up, a message counts as several.
   */
  long pause(UUID user, Priority priority) {
    long now = System.nanoTime();
    if (messages.size() > MANY) {
      messages.values().removeIf(bucket -> bucket.full(now));
    }
    return messages
        .computeIfAbsent(user, id -> TokenBucket.perMinute(limits.rates().messagesPerUser()))
        .take(Math.min(pressure.cost(priority), limits.rates().messagesPerUser()), now);
  }

  /** Whether more waits for clients than there may be: somebody has to go, and nobody new comes. */
  boolean overloaded() {
    return outboxBytes.get() > mostOutboxBytes;
  }

  /** What waits for all clients, in bytes. */
  AtomicLong outboxBytes() {
    return outboxBytes;
  }

  /** From now on clients are sent elsewhere. */
  void drain() {
    drains = true;
  }

  boolean drains() {
    return drains;
  }

  Duration silence() {
    return doorbell.silence();
  }

  /** Tells every process. */
  void order(Doorbell.Order order) {
    doorbell.order(order);
  }

  /** Connections that were closed from here. */
  Tally closed() {
    return closed;
  }

  /** Requests that were refused. */
  Tally refused() {
    return refused;
  }

  Gateway.Standing standing() {
    List<Presence> present = List.copyOf(users.values());
    return new Gateway.Standing(
        present.size(),
        present.stream().mapToInt(each -> each.connections().size()).sum(),
        outboxBytes.get(),
        silence(),
        pressure.now(),
        closed.all(),
        refused.all());
  }

  Collection<Guest> all() {
    return users.values().stream().flatMap(each -> each.connections().stream()).toList();
  }

  @Override
  public void rang(UUID user, String log, String frame) {
    Collection<Guest> connections = of(user);
    if (connections.isEmpty()) {
      return;
    }
    Ring ring;
    try {
      ring = Ring.of(log, frame);
    } catch (JsonFormatException e) {
      // why: a handler of somebody's wrote what is no event, and everybody's bell hangs here
      LOG.debug("what rang is no event: {}", e.getMessage());
      return;
    }
    connections.forEach(connection -> connection.rang(ring));
  }

  @Override
  public void ordered(Doorbell.Order order) {
    if (order instanceof Doorbell.Order.Kick(UUID user)) {
      LOG.info("all connections of user {} are closed", user);
      of(user).forEach(connection -> connection.end(Close.FORBIDDEN));
    }
  }

  @Override
  public void missed() {
    all().forEach(Guest::missed);
  }

  @Override
  public void close() {
    doorbell.close();
  }

  private Collection<Guest> of(UUID user) {
    Presence presence = users.get(user);
    return presence == null ? List.of() : presence.connections();
  }
}
