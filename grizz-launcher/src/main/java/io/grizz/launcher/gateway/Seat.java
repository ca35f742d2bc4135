package io.grizz.launcher.gateway;

import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.Watched.Cursor;
import io.grizz.launcher.gateway.Watched.Teller;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * A connection's place in the house, whatever is spoken over it: who sits there, for how long, and
 * which jobs it watches. Belongs to the connection's thread.
 */
final class Seat {

  private final Connection connection;
  private final Outbox outbox;
  private final Hub hub;
  private final long idleNanos;
  private final Watches watches;
  private @Nullable Session session;
  private long heardNanos = System.nanoTime();

  Seat(Connection connection, Outbox outbox, House house) {
    GatewayConfig.Limits limits = house.config().limits();
    this.connection = connection;
    this.outbox = outbox;
    this.hub = house.hub();
    this.idleNanos = limits.patience().idle().toNanos();
    this.watches = new Watches(house.stores(), limits.patience().silence(), limits.watched());
  }

  /** Lets somebody in; false, and the connection is closed, when there is no room for more. */
  boolean take(Session theirs) {
    if (!hub.enter(theirs.user(), connection)) {
      connection.close(Close.TOO_MANY);
      return false;
    }
    session = theirs;
    MDC.put("user", theirs.user().toString()); // the thread is the connection's own
    return true;
  }

  /** Goes on with another token; false, and the connection is closed, when it is another user's. */
  boolean renew(Session fresh) {
    if (!fresh.user().equals(user())) {
      connection.close(Close.FORBIDDEN);
      return false;
    }
    session = fresh;
    return true;
  }

  /** Who sits there, once somebody does. */
  Optional<Session> session() {
    return Optional.ofNullable(session);
  }

  UUID user() {
    if (session == null) {
      throw Refusal.of("unauthenticated", "say hello first");
    }
    return session.user();
  }

  /** The client said something that is more than a sign of life. */
  void heard() {
    heardNanos = System.nanoTime();
  }

  Watches watches() {
    return watches;
  }

  /** Begins to watch a job of the user's. */
  Watched attach(UUID job, Cursor cursor, Teller out) {
    return watches.attach(user(), job, cursor, out);
  }

  /** Whether a log can be read at once. */
  boolean hasWork(long now) {
    return outbox.hasRoom() && watches.due(now);
  }

  /** Looks at the clocks, and reads what is due. */
  void tick(long now) {
    if (!watches.isEmpty()) {
      heardNanos = now; // why: time to read an answer begins when it has ended
    } else if (now - heardNanos > idleNanos) {
      connection.close(Close.NORMAL);
    }
    watches.tick(now);
    watches.read(outbox::hasRoom);
    if (watches.lost()) {
      connection.close(Close.STATE_LOST);
    }
    session().flatMap(Session::over).ifPresent(connection::close);
  }

  void close(Close why) {
    connection.close(why);
  }

  void leave() {
    if (session != null) {
      hub.leave(session.user(), connection);
    }
  }
}
