package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Json;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.java_websocket.WebSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client. Whatever happens to it goes through its mailbox to its own virtual thread, so that
 * its state needs no lock and answers keep their order.
 */
final class Connection {

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  private static final int MOST_MAIL = 20_000;
  private static final int DEPLOY = 4001;

  /** How long to wait for mail, in milliseconds: while frames wait, before hello, and after. */
  private static final long DRAINING = 10;

  private static final long NEW = 200;
  private static final long IDLE = 1_000;

  /** What a mailbox holds. */
  private sealed interface Mail {
    record Frame(String text) implements Mail {}

    record Ring(String log, String frame) implements Mail {}

    record Missed() implements Mail {}

    record End(Close why) implements Mail {}

    record Goodbye(Duration after) implements Mail {}
  }

  private final WebSocket socket;
  private final Outbox outbox;
  private final Client client;
  private final Optional<Tokens.Pass> pass;
  private final LinkedBlockingQueue<Mail> mailbox = new LinkedBlockingQueue<>(MOST_MAIL);
  private volatile boolean closed;

  /** What all connections of a process share. */
  record House(Hub hub, Stores stores, Tokens tokens, GatewayConfig config, InstantSource clock) {}

  /**
   * @param pass of a token that came with the handshake
   */
  Connection(WebSocket socket, House house, Optional<Tokens.Pass> pass) {
    this.socket = socket;
    this.outbox = new Outbox(socket);
    this.client = new Client(this, outbox, house);
    this.pass = pass;
  }

  void start() {
    Thread.ofVirtual().name("grizz-connection").start(this::run);
  }

  // ---- from other threads

  void received(String text) {
    post(new Mail.Frame(text));
  }

  void rang(String log, String frame) {
    post(new Mail.Ring(log, frame));
  }

  void missed() {
    post(new Mail.Missed());
  }

  void end(Close why) {
    post(new Mail.End(why));
  }

  void goodbye(Duration after) {
    post(new Mail.Goodbye(after));
  }

  /** The socket is gone. */
  void gone() {
    closed = true;
    post(new Mail.Missed());
  }

  private void post(Mail mail) {
    if (!mailbox.offer(mail) && !closed) {
      close(Close.SLOW);
    }
  }

  // ---- the connection's own thread

  private void run() {
    try {
      if (pass.isPresent() && !client.enter(pass.get())) {
        return;
      }
      while (!closed) {
        long wait = !outbox.isEmpty() ? DRAINING : client.greeted() ? IDLE : NEW;
        Mail mail = mailbox.poll(wait, TimeUnit.MILLISECONDS);
        if (mail != null) {
          handle(mail);
        }
        outbox.flush();
        if (outbox.overflowing()) {
          close(Close.SLOW);
        }
        client.tick(System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // why: the one catch-all of this thread; the client may come back
      LOG.error("a connection failed", e);
      close(Close.INTERNAL);
    } finally {
      client.leave();
    }
  }

  private void handle(Mail mail) {
    switch (mail) {
      case Mail.Frame(String text) -> client.frame(text);
      case Mail.Ring(String log, String frame) -> client.ring(log, frame);
      case Mail.Missed missed -> client.missed();
      case Mail.End(Close why) -> close(why);
      case Mail.Goodbye(Duration after) -> {
        ObjectNode bye = Json.object().put("t", "bye").put("code", DEPLOY).put("reason", "deploy");
        outbox.add(Json.write(bye.put("reconnect", true).put("after_ms", after.toMillis())));
        close(Close.GOING_AWAY);
      }
    }
  }

  /** Closes the socket, once. On the connection's own thread, or when its mailbox is full. */
  void close(Close why) {
    if (!closed) {
      closed = true;
      socket.close(why.code(), why.reason());
    }
  }
}
