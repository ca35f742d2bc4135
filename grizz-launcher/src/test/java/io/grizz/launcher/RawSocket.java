package io.grizz.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A socket that says exactly the bytes it is told to, and reads what is answered. */
public final class RawSocket implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 8_000;
  private static final int LEAST_ROOM = 4_096;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 0x8a;
  private static final int TEXT = 0x81;
  private static final int MASKED = 0x80;
  private static final int SHORT = 126;
  private static final int LONG = 127;

  private final Socket socket;
  private final InputStream in;

  private RawSocket(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
  }

  /** Connects to a port of this machine. */
  public static RawSocket to(int port) throws IOException {
    return to(InetAddress.getLoopbackAddress(), port);
  }

  public static RawSocket to(InetAddress host, int port) throws IOException {
    Socket socket = new Socket(host, port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    return new RawSocket(socket);
  }

  /** Connects with so little room to receive that the server soon has to wait for us. */
  public static RawSocket narrow(int port) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(LEAST_ROOM);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setSoTimeout(PATIENCE_MILLIS);
    return new RawSocket(socket);
  }

  /** The request that asks for a WebSocket, with these header lines besides its own. */
  public static String handshake(String... headers) {
    StringBuilder lines = new StringBuilder();
    for (String header : headers) {
      lines.append(header).append("\r\n");
    }
    return "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + lines
        + "\r\n";
  }

  /** What is answered to a request: its head alone. */
  public static String headOf(int port, String request) throws IOException {
    try (RawSocket socket = to(port)) {
      return socket.say(request).head();
    }
  }

  /** Everything that is answered to a request, until the server closes. */
  public static String answerTo(int port, String request) throws IOException {
    try (RawSocket socket = to(port)) {
      return socket.say(request).rest();
    }
  }

  public RawSocket say(String text) throws IOException {
    return say(text.getBytes(ISO_8859_1));
  }

  public RawSocket say(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** Sends one text frame. */
  public RawSocket send(String text) throws IOException {
    return say(frame(TEXT, text.getBytes(UTF_8)));
  }

  /** Up to the first empty line. */
  public String head() throws IOException {
    StringBuilder head = new StringBuilder();
    for (int b = in.read(); b >= 0; b = in.read()) {
      head.append((char) b);
      if (head.toString().endsWith("\r\n\r\n")) {
        break;
      }
    }
    return head.toString();
  }

  /** Everything until the server closes. */
  public String rest() throws IOException {
    return new String(in.readAllBytes(), UTF_8);
  }

  /**
   * Why the server closes.
   *
   * @param code of a close frame
   */
  public record Closed(int code, String reason) {}

  /** Reads up to the server's close frame; empty when it hangs up without one. */
  public Optional<Closed> closed() throws IOException {
    for (int first = in.read(); first >= 0; first = in.read()) {
      byte[] payload = in.readNBytes(length(in.read()));
      if ((first & 0x0f) == CLOSE) {
        ByteBuffer close = ByteBuffer.wrap(payload);
        int code = close.getShort() & 0xffff;
        return Optional.of(new Closed(code, UTF_8.decode(close).toString()));
      }
    }
    return Optional.empty();
  }

  /** The next text; pings are answered, and a close is an end as any other. */
  public String text() throws IOException {
    while (true) {
      int first = in.read();
      byte[] payload = first < 0 ? new byte[0] : in.readNBytes(length(in.read()));
      switch (first & 0x0f) {
        case TEXT & 0x0f -> {
          return new String(payload, UTF_8);
        }
        case PING -> say(frame(PONG, payload));
        default -> throw new IOException("closed by the server, in frame " + first);
      }
    }
  }

  /** A whole frame under a mask of zeros. */
  public static byte[] frame(int first, byte[] payload) {
    return frame(first, payload.length, payload);
  }

  /** A frame that claims a length, and brings what it brings. */
  public static byte[] frame(int first, long claimed, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(first);
    if (claimed < SHORT) {
      frame.write(MASKED | (int) claimed);
    } else if (claimed <= 0xffff) {
      frame.write(MASKED | SHORT);
      frame.writeBytes(ByteBuffer.allocate(Short.BYTES).putShort((short) claimed).array());
    } else {
      frame.write(MASKED | LONG);
      frame.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(claimed).array());
    }
    frame.writeBytes(new byte[Integer.BYTES]);
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  private int length(int second) throws IOException {
    return switch (second) {
      case SHORT -> ByteBuffer.wrap(in.readNBytes(Short.BYTES)).getShort() & 0xffff;
      case LONG -> (int) ByteBuffer.wrap(in.readNBytes(Long.BYTES)).getLong();
      default -> second;
    };
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
