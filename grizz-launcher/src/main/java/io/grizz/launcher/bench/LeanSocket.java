package io.grizz.launcher.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * A WebSocket client that costs next to nothing, so that thousands of them measure the server and
 * not themselves. Blocks; belongs to one thread.
 */
final class LeanSocket implements AutoCloseable {

  private static final int TEXT = 1;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int LAST = 0x80;
  private static final int MASKED = 0x80;
  private static final int SHORT = 126;
  private static final int LONG = 127;
  private static final int ROOM = 4_096;

  private final SocketChannel channel;
  private ByteBuffer in = ByteBuffer.allocate(ROOM).flip();

  private LeanSocket(SocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Connects to a port of this machine and shakes hands.
   *
   * @param token empty for none
   */
  static LeanSocket open(int port, String token) throws IOException {
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    LeanSocket socket = new LeanSocket(channel);
    String bearer = token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n";
    socket.write(
        ByteBuffer.wrap(
            ("GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                    + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + bearer
                    + "\r\n")
                .getBytes(ISO_8859_1)));
    String head = socket.head();
    if (!head.startsWith("HTTP/1.1 101")) {
      socket.close();
      throw new IOException("the handshake was refused: " + head.lines().findFirst().orElse(""));
    }
    return socket;
  }

  void send(String text) throws IOException {
    send(TEXT, text.getBytes(UTF_8));
  }

  /** The next text. */
  String text() throws IOException {
    while (true) {
      int opcode = next() & 0x0f;
      byte[] payload = payload();
      switch (opcode) {
        case TEXT -> {
          return new String(payload, UTF_8);
        }
        case PING -> send(PONG, payload);
        case PONG -> {}
        default -> throw new EOFException("closed by the server");
      }
    }
  }

  /** The channel itself, for a reader that only counts; nothing may be unread here. */
  SocketChannel channel() {
    if (in.hasRemaining()) {
      throw new IllegalStateException(in.remaining() + " bytes were read and not looked at");
    }
    return channel;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void send(int opcode, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(LAST | opcode);
    if (payload.length < SHORT) {
      frame.write(MASKED | payload.length);
    } else {
      frame.write(MASKED | SHORT);
      frame.write(payload.length >> Byte.SIZE);
      frame.write(payload.length);
    }
    frame.writeBytes(new byte[Integer.BYTES]); // a mask that changes nothing
    frame.writeBytes(payload);
    write(ByteBuffer.wrap(frame.toByteArray()));
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private String head() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) next());
    }
    return head.toString();
  }

  private byte[] payload() throws IOException {
    int length = next();
    if (length == SHORT) {
      length = next() << Byte.SIZE | next();
    } else if (length == LONG) {
      length = 0;
      for (int i = 0; i < Long.BYTES; i++) {
        length = length << Byte.SIZE | next();
      }
    }
    byte[] payload = new byte[length];
    for (int at = 0; at < length; ) {
      int part = Math.min(length - at, available());
      in.get(payload, at, part);
      at += part;
    }
    return payload;
  }

  private int next() throws IOException {
    return available() == 0 ? -1 : in.get() & 0xff;
  }

  private int available() throws IOException {
    if (!in.hasRemaining()) {
      in = in.clear();
      if (channel.read(in) < 0) {
        throw new EOFException("the server hung up");
      }
      in = in.flip();
    }
    return in.remaining();
  }
}
