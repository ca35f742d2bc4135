package io.grizz.model;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stands in for a provider: a server on loopback that does to each call what the test says. */
final class Provider implements AutoCloseable {

  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");
  private static final int END = -1;

  /** What it does to a call. */
  @FunctionalInterface
  interface Manner {
    void answer(Call call) throws IOException;
  }

  private final ServerSocket door;
  private final Manner manner;
  private final List<Call> calls = new CopyOnWriteArrayList<>();

  private Provider(ServerSocket door, Manner manner) {
    this.door = door;
    this.manner = manner;
  }

  static Provider that(Manner manner) throws IOException {
    Provider provider =
        new Provider(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), manner);
    Thread.ofVirtual().start(provider::accept);
    return provider;
  }

  /** Streams these pieces of a body, each as a write of its own, and closes. */
  static Provider streaming(String... pieces) throws IOException {
    return that(call -> {
      call.stream();
      for (String piece : pieces) {
        call.send(piece);
      }
    });
  }

  /** Refuses every call. */
  static Provider refusing(String status, String body, String... headers) throws IOException {
    return that(call -> {
      call.head(status, headers);
      call.send(body);
    });
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + door.getLocalPort() + "/v1");
  }

  List<Call> calls() {
    return calls;
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Call call : calls) {
      call.socket.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = door.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // why: the door is closed, and so is the test
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      Call call = Call.read(socket);
      calls.add(call);
      manner.answer(call);
    } catch (IOException e) {
      // why: a caller that hangs up is what many tests are about
    }
  }

  /** An event of a stream. */
  static String event(String json) {
    return "data: " + json + "\n\n";
  }

  /** A chunk with some of the answer's text, which must need no escapes. */
  static String text(String text) {
    return event("{\"model\":\"m-1\",\"choices\":[{\"delta\":{\"content\":\"" + text + "\"}}]}");
  }

  /** The chunk that says why the answer ended. */
  static String finish(String reason) {
    return event("{\"choices\":[{\"delta\":{},\"finish_reason\":\"" + reason + "\"}]}");
  }

  /** One call. */
  static final class Call {
    private final Socket socket;
    private final String head;
    private final String body;

    private Call(Socket socket, String head, String body) {
      this.socket = socket;
      this.head = head;
      this.body = body;
    }

    /** The request's first line and its headers. */
    String head() {
      return head;
    }

    String body() {
      return body;
    }

    /** The beginning of an answer whose body ends with the connection. */
    void head(String status, String... headers) throws IOException {
      String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
      send("HTTP/1.1 " + status + "\r\nConnection: close\r\n" + more + "\r\n");
    }

    void stream() throws IOException {
      head("200 OK", "Content-Type: text/event-stream");
    }

    void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.UTF_8));
    }

    void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    }

    /** Ends the connection as a crash does. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    /** Says nothing more until the caller hangs up. */
    void fallSilent() throws IOException {
      int read = socket.getInputStream().read();
      while (read != END) {
        read = socket.getInputStream().read();
      }
    }

    private static Call read(Socket socket) throws IOException {
      InputStream in = socket.getInputStream();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        int read = in.read();
        if (read == END) {
          throw new IOException("hung up");
        }
        bytes.write(read);
      }
      String head = bytes.toString(StandardCharsets.ISO_8859_1);
      Matcher length = LENGTH.matcher(head);
      int size = length.find() ? Integer.parseInt(length.group(1)) : 0;
      return new Call(socket, head, new String(in.readNBytes(size), StandardCharsets.UTF_8));
    }
  }
}
