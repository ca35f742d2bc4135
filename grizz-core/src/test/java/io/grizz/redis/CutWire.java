package io.grizz.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A wire to Redis that is cut at one chosen command: before the server gets it, or after, before
 * the client gets the answer. Or one on which every command is answered with an error. Counts
 * commands; owns a thread for each direction of a connection.
 */
final class CutWire implements AutoCloseable {

  /** When, of the life of a command, the wire is cut. */
  enum Moment {
    BEFORE_SEND,
    BEFORE_REPLY
  }

  private final URI server;
  private final ServerSocket door;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger commands = new AtomicInteger();
  private volatile int cutAt = -1;
  private volatile Moment moment = Moment.BEFORE_SEND;
  private volatile @Nullable String saying;
  private volatile boolean swallowing;

  CutWire(URI server) throws IOException {
    this.server = server;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().name("cut-wire").daemon().start(this::accept);
  }

  /** The server's address, by way of this wire. */
  URI uri() {
    return URI.create(server.toString().replace(":" + server.getPort(), ":" + door.getLocalPort()));
  }

  /** Counts from here, and cuts at command number {@code nth}, from 1; 0 cuts nothing. */
  void cutAt(int nth, Moment when) {
    moment = when;
    commands.set(0);
    cutAt = nth;
  }

  /** Answers every command with this error, and sends none on. */
  void say(String error) {
    saying = error;
  }

  /** Answers nothing more, handshakes included, and sends nothing on. */
  void swallow() {
    swallowing = true;
  }

  /** Sends commands on again. */
  void fallSilent() {
    saying = null;
    swallowing = false;
  }

  /** Commands since the last {@link #cutAt}, without handshakes. */
  int commands() {
    return commands.get();
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        Socket redis = new Socket(InetAddress.getLoopbackAddress(), server.getPort());
        sockets.add(client);
        sockets.add(redis);
        Thread.ofPlatform().daemon().start(() -> requests(client, redis));
        Thread.ofPlatform().daemon().start(() -> replies(redis, client));
      } catch (IOException e) {
        if (!door.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void requests(Socket client, Socket redis) {
    try (client;
        redis) {
      InputStream in = new BufferedInputStream(client.getInputStream());
      OutputStream out = redis.getOutputStream();
      while (true) {
        byte[] command = command(in);
        String text = new String(command, ISO_8859_1);
        boolean handshake =
            text.contains("AUTH") || text.contains("CLIENT") || text.contains("HELLO");
        if (swallowing) {
          continue;
        }
        String error = saying;
        if (error != null && !handshake) {
          client.getOutputStream().write(("-" + error + "\r\n").getBytes(ISO_8859_1));
          continue;
        }
        boolean cut = !handshake && commands.incrementAndGet() == cutAt;
        if (cut && moment == Moment.BEFORE_SEND) {
          return;
        }
        if (cut) {
          client.shutdownOutput(); // the answer leads nowhere
        }
        out.write(command);
        out.flush();
        if (cut) {
          awaitAnswer(redis);
          return;
        }
      }
    } catch (IOException e) {
      // why: one of the two has hung up, which is what this wire is for
    }
  }

  /** Asks something after it, so that the command before is done when this is answered. */
  private void awaitAnswer(Socket redis) throws IOException {
    try (Socket other = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
      other.getOutputStream().write("PING\r\n".getBytes(ISO_8859_1));
      if (other.getInputStream().read() < 0) {
        throw new EOFException("Redis is gone, and so is " + redis);
      }
    }
  }

  private static void replies(Socket redis, Socket client) {
    try {
      redis.getInputStream().transferTo(client.getOutputStream());
    } catch (IOException e) {
      // why: as above
    }
  }

  /** One command, as clients write them: a list of strings with their lengths. */
  private static byte[] command(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int parts = Integer.parseInt(line(in, bytes).substring(1));
    for (int i = 0; i < parts; i++) {
      int length = Integer.parseInt(line(in, bytes).substring(1));
      bytes.writeBytes(in.readNBytes(length + 2));
    }
    return bytes.toByteArray();
  }

  private static String line(InputStream in, ByteArrayOutputStream bytes) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int read = in.read();
      if (read < 0) {
        throw new EOFException();
      }
      bytes.write(read);
      if (read == '\n') {
        return line.toString().strip();
      }
      line.append((char) read);
    }
  }
}
