package io.grizz.launcher.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One port for both doors: reads the head of each connection, and passes all of it on to the door
 * that it asks for. Both doors are then on loopback, and learn here whom a connection is from.
 */
final class Front {

  private static final Logger LOG = LoggerFactory.getLogger(Front.class);
  private static final Pattern UPGRADE = Pattern.compile("(?im)^upgrade:[ \\t]*websocket[ \\t]*$");
  private static final String END = "\r\n\r\n";
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration GRACE = Duration.ofMillis(500);
  private static final int BACKLOG = 1024;

  private final ServerSocket server = new ServerSocket();
  private final Peers peers;
  private final int longestHead;
  private final int total;
  private final int perAddress;
  private final Semaphore places;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Thread accepting =
      Thread.ofPlatform().name("grizz-front").daemon().unstarted(this::accept);
  private final Doors doors;

  /** The ports of loopback on which the doors are. */
  record Doors(int http, int webSocket) {}

  Front(Doors doors, GatewayConfig.Limits limits, Peers peers) throws IOException {
    this.doors = doors;
    this.peers = peers;
    this.longestHead = limits.header();
    this.total = limits.connections().total();
    this.perAddress = limits.connections().perAddress();
    this.places = new Semaphore(total);
  }

  /** Listens; throws when the port is taken. */
  void open(InetSocketAddress address) throws IOException {
    server.setReuseAddress(true);
    server.bind(address, BACKLOG);
    accepting.start();
  }

  /** Once both doors are shut: passes on their last words, and ends. */
  void shut() throws InterruptedException {
    close(server);
    boolean allGone = places.tryAcquire(total, GRACE.toMillis(), TimeUnit.MILLISECONDS);
    LOG.debug("the front is shut, {}", allGone ? "and everybody gone" : "and who is left cut off");
    open.forEach(Front::close);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        if (hasRoom(client.getInetAddress()) && places.tryAcquire()) {
          open.add(client);
          Thread.ofVirtual().name("grizz-front-connection").start(() -> serve(client));
        } else {
          close(client);
        }
      } catch (IOException e) {
        LOG.debug("nobody came in: {}", e.toString());
      }
    }
  }

  /** Whether this address may have one more connection; the doors count those behind a proxy. */
  private boolean hasRoom(InetAddress from) {
    return peers.trusted(from)
        || open.stream().filter(it -> from.equals(it.getInetAddress())).limit(perAddress).count()
            < perAddress;
  }

  private void serve(Socket client) {
    try (client) {
      client.setTcpNoDelay(true);
      byte[] head = head(client);
      if (head.length > 0) {
        // why up to there: a body may hold anything
        String lines = new String(head, ISO_8859_1).split(END, 2)[0];
        boolean upgrade = UPGRADE.matcher(lines).find();
        pass(client, head, upgrade ? doors.webSocket() : doors.http());
      }
    } catch (IOException e) {
      LOG.debug("a connection ended: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
      places.release();
    }
  }

  /** The head, and what came with it; nothing when it is too long, too slow, or cut off. */
  private byte[] head(Socket client) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    InputStream in = client.getInputStream();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    byte[] piece = new byte[longestHead];
    while (head.size() <= longestHead) {
      int left = (int) Duration.ofNanos(end - System.nanoTime()).toMillis();
      if (left <= 0) {
        return new byte[0];
      }
      client.setSoTimeout(left);
      int read = in.read(piece);
      if (read < 0) {
        return new byte[0];
      }
      head.write(piece, 0, read);
      int looked = head.toString(ISO_8859_1).indexOf(END);
      if (looked >= 0 && looked <= longestHead) {
        client.setSoTimeout(0);
        return head.toByteArray();
      }
    }
    return new byte[0];
  }

  private void pass(Socket client, byte[] head, int port) throws IOException, InterruptedException {
    try (Socket door = new Socket(InetAddress.getLoopbackAddress(), port)) {
      door.setTcpNoDelay(true);
      int mine = door.getLocalPort();
      peers.speaksFor(mine, (InetSocketAddress) client.getRemoteSocketAddress());
      try {
        door.getOutputStream().write(head);
        CountDownLatch said = new CountDownLatch(1);
        Thread back =
            Thread.ofVirtual().name("grizz-front-back").start(() -> answer(door, client, said));
        copy(client, door);
        said.countDown();
        back.join();
      } finally {
        peers.forget(mine);
      }
    }
  }

  /** All that the door says; a client that then does not go by itself is let go. */
  private static void answer(Socket door, Socket client, CountDownLatch said) {
    copy(door, client);
    try {
      if (!said.await(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        close(client);
      }
    } catch (InterruptedException e) {
      close(client);
    }
  }

  /** All bytes of one side to the other, the end included; an error ends both. */
  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      LOG.debug("a connection broke: {}", e.toString());
      close(from);
      close(to);
    }
  }

  private static void close(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("cannot be closed: {}", e.toString());
    }
  }
}
