package io.grizz.launcher.gateway;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.java_websocket.WebSocket;
import org.java_websocket.exceptions.WebsocketNotConnectedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client. Whatever happens to it goes through its mailbox to its own virtual thread, so that
 * its state needs no lock and answers keep their order.
 */
final class Connection implements Guest {

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  private static final int MOST_FRAMES = 200;
  private static final int MOST_BYTES = 1 << 20;

  /** How long to wait for mail, in milliseconds: while frames wait, before hello, and after. */
  private static final long DRAINING = 10;

  private static final long NEW = 200;
  private static final long IDLE = 1_000;

  /** What a mailbox holds. */
  private sealed interface Mail {
    record Frame(String text, int bytes) implements Mail {}

    record Event(Ring ring) implements Mail {}

    record Missed() implements Mail {}

    record Goodbye(Duration after) implements Mail {}
  }

  private final WebSocket socket;
  private final Outbox outbox;
  private final Seat seat;
  private final Dialect client;
  private final Hub hub;
  private final Optional<String> token;
  private final House house;
  private final LinkedBlockingQueue<Mail> mailbox = new LinkedBlockingQueue<>();
  private final AtomicInteger ringing = new AtomicInteger();
  private final AtomicInteger frames = new AtomicInteger();
  private final AtomicInteger frameBytes = new AtomicInteger();
  private final int mostRinging;
  private final long heartbeatNanos;
  private long pingedNanos = System.nanoTime();
  private volatile boolean lost;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** What all connections of a process share. */
  record House(
      Hub hub,
      Stores stores,
      Tokens tokens,
      GatewayConfig config,
      InstantSource clock,
      Supplier<UUID> ids) {}

  /**
   * @param token that came with the handshake, unchecked
   * @param legacy the conversation of a client that speaks raw text; empty for {@code grizz.v1}
   */
  Connection(WebSocket socket, House house, Optional<String> token, Optional<UUID> legacy) {
    this.socket = socket;
    this.outbox = new Outbox(socket, house.config().delivery(), house.hub().outboxBytes());
    this.seat = new Seat(this, outbox, house);
    this.client =
        legacy.isPresent()
            ? new LegacyClient(legacy.get(), seat, outbox, house)
            : new Client(this, seat, outbox, house);
    this.heartbeatNanos = house.config().limits().patience().heartbeat().toNanos();
    this.mostRinging = house.config().delivery().drop();
    this.hub = house.hub();
    this.token = token;
    this.house = house;
  }

  void start() {
    Thread.ofVirtual().name("grizz-connection").start(this::run);
  }

  // ---- from other threads

  void received(String text) {
    int bytes = Outbox.bytes(text);
    if (frames.incrementAndGet() > MOST_FRAMES || frameBytes.addAndGet(bytes) > MOST_BYTES) {
      close(Close.FLOODING);
    } else {
      post(new Mail.Frame(text, bytes));
    }
  }

  /** Never waits: what this connection cannot take now, it reads from the log later. */
  @Override
  public void rang(Ring ring) {
    int size = ring.frame().length();
    if (ringing.addAndGet(size) > mostRinging) {
      ringing.addAndGet(-size);
      lost = true;
    } else {
      post(new Mail.Event(ring));
    }
  }

  @Override
  public void missed() {
    post(new Mail.Missed());
  }

  /** At once, whatever waits in the mailbox: nothing of it is done any more. */
  @Override
  public void end(Close why) {
    close(why);
    wake();
  }

  @Override
  public void goodbye(Duration after) {
    post(new Mail.Goodbye(after));
  }

  /** The socket is gone. */
  void gone() {
    closed.set(true);
    wake();
  }

  /** Lets the connection's own thread see that it is over. */
  private void wake() {
    post(new Mail.Missed());
  }

  private void post(Mail mail) {
    mailbox.add(mail);
  }

  // ---- the connection's own thread

  private void run() {
    try {
      if (!enters()) {
        return;
      }
      while (!closed.get()) {
        Mail mail = mailbox.poll(patience(), TimeUnit.MILLISECONDS);
        if (!closed.get()) {
          turn(mail);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // why: the one catch-all of this thread; the client may come back
      LOG.error("a connection failed", e);
      close(Close.INTERNAL);
    } finally {
      seat.leave();
      outbox.discard();
    }
  }

  private void turn(@Nullable Mail mail) {
    if (mail != null) {
      handle(mail);
    }
    if (lost) {
      lost = false;
      seat.watches().missed();
    }
    outbox.flush();
    if (outbox.overflowing(System.nanoTime())) {
      close(hub.overloaded() ? Close.OVERLOADED : Close.SLOW);
    } else if (dead(System.nanoTime())) {
      close(Close.NO_PONG);
    } else {
      ping(System.nanoTime());
      client.tick(System.nanoTime());
      seat.tick(System.nanoTime());
    }
  }

  // why here: checking may fetch keys, which the library's threads must not wait for
  private boolean enters() {
    if (hub.overloaded()) {
      close(Close.OVERLOADED);
      return false;
    }
    if (token.isEmpty() && client.maySayHelloFirst()) {
      return true;
    }
    return enters(token.orElse("")) && client.entered();
  }

  /** Lets in whoever this token is of; false, and the connection is closed, when it may not. */
  boolean enters(String shown) {
    try {
      Optional<Session> session = Session.of(house, shown);
      if (session.isEmpty()) {
        close(Close.INVALID_TOKEN);
      }
      return session.isPresent() && seat.take(session.get());
    } catch (Refusal e) {
      // why: nobody can say whether the token is good, and the client is to come back
      close(Close.OVERLOADED);
      return false;
    }
  }

  private void ping(long now) {
    if (now - pingedNanos > heartbeatNanos && socket.isOpen()) {
      pingedNanos = now;
      try {
        socket.sendPing();
      } catch (WebsocketNotConnectedException e) {
        // why: it may close between the look and the call; its connection is told of that next
        return;
      }
    }
  }

  /** Whether the client gives no sign of life any more, though it was asked for one. */
  private boolean dead(long now) {
    return socket instanceof TrackedSocket tracked
        && tracked.silentNanos(now) > heartbeatNanos * 3 / 2;
  }

  private long patience() {
    if (seat.hasWork(System.nanoTime())) {
      return 0;
    }
    return !outbox.isEmpty() ? DRAINING : client.greeted() ? IDLE : NEW;
  }

  private void handle(Mail mail) {
    switch (mail) {
      case Mail.Frame(String text, int bytes) -> {
        frames.decrementAndGet();
        frameBytes.addAndGet(-bytes);
        client.frame(text);
      }
      case Mail.Event(Ring ring) -> {
        ringing.addAndGet(-ring.frame().length());
        seat.watches().rang(ring);
      }
      case Mail.Missed missed -> seat.watches().missed();
      case Mail.Goodbye(Duration after) -> {
        client.goodbye(after);
        close(Close.GOING_AWAY);
      }
    }
  }

  /** Closes the socket, once. From any thread. */
  void close(Close why) {
    if (closed.compareAndSet(false, true)) {
      hub.closed().count(why.name().toLowerCase(Locale.ROOT));
      socket.close(why.code(), why.reason());
    }
  }
}
