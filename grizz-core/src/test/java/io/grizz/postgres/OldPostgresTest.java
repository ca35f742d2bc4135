package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ConfigException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A server that is too old is named at launch. None can be had for the test, so one that says so
 * stands in: it speaks as much of the protocol as it takes to be asked its version.
 */
class OldPostgresTest {

  private static final int SSL_REQUEST = 80_877_103;
  private static final int GSS_REQUEST = 80_877_104;

  @Test
  void serverThatIsTooOldIsRefusedByItsVersion() throws Exception {
    try (ServerSocket door = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> serve(door));
      URI url = URI.create("postgresql://u:p@127.0.0.1:" + door.getLocalPort() + "/grizz");

      assertThatThrownBy(() -> PostgresInspection.inspect(PostgresConfig.at(url)))
          .isInstanceOf(ConfigException.class)
          .hasMessage("the version of Postgres is 13.9, but must be 14 or newer");
    }
  }

  private static void serve(ServerSocket door) {
    try {
      while (true) {
        try (Socket socket = door.accept()) {
          speak(
              new DataInputStream(socket.getInputStream()),
              new DataOutputStream(socket.getOutputStream()));
        }
      }
    } catch (IOException e) {
      // why: the door is closed, and so is the test
    }
  }

  private static void speak(DataInputStream in, DataOutputStream out) throws IOException {
    int code = skipStartup(in);
    while (code == SSL_REQUEST || code == GSS_REQUEST) {
      out.write('N');
      code = skipStartup(in);
    }
    send(out, 'R', new byte[Integer.BYTES]);
    Map<String, String> said =
        new TreeMap<>(
            Map.of(
                "server_version", "13.9",
                "client_encoding", "UTF8",
                "server_encoding", "UTF8",
                "DateStyle", "ISO, MDY",
                "TimeZone", "UTC",
                "integer_datetimes", "on",
                "standard_conforming_strings", "on"));
    for (Map.Entry<String, String> each : said.entrySet()) {
      send(out, 'S', bytes(each.getKey() + "\0" + each.getValue() + "\0"));
    }
    ready(out);
    for (int type = in.read(); type >= 0 && type != 'X'; type = in.read()) {
      in.skipNBytes(in.readInt() - Integer.BYTES);
      answer(out, type);
    }
  }

  /** As if every statement were one that sets something. */
  private static void answer(DataOutputStream out, int type) throws IOException {
    switch (type) {
      case 'P' -> send(out, '1', new byte[0]);
      case 'B' -> send(out, '2', new byte[0]);
      case 'D' -> send(out, 'n', new byte[0]);
      case 'E' -> send(out, 'C', bytes("SET\0"));
      case 'Q' -> {
        send(out, 'C', bytes("SET\0"));
        ready(out);
      }
      case 'S' -> ready(out);
      default -> throw new IOException("not understood: " + (char) type);
    }
  }

  private static int skipStartup(DataInputStream in) throws IOException {
    int length = in.readInt();
    int code = in.readInt();
    in.skipNBytes(length - 2L * Integer.BYTES);
    return code;
  }

  private static void ready(DataOutputStream out) throws IOException {
    send(out, 'Z', bytes("I"));
    out.flush();
  }

  private static void send(DataOutputStream out, char type, byte[] body) throws IOException {
    out.write(type);
    out.writeInt(Integer.BYTES + body.length);
    out.write(body);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
