package io.grizz.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventStreamTest {

  @Test
  void eventIsItsDataLinesJoined() throws IOException {
    assertThat(events("data: one\ndata: two\n\ndata: three\n\n"))
        .containsExactly("one\ntwo", "three");
  }

  @Test
  void linesMayEndWithOrWithoutCarriageReturn() throws IOException {
    assertThat(events("data: one\r\n\r\ndata: two\n\n")).containsExactly("one", "two");
  }

  @Test
  void commentsAndOtherFieldsAreSkipped() throws IOException {
    assertThat(events(": still here\n\nevent: chunk\nid: 7\nretry: 10\ndata: one\n\n"))
        .containsExactly("one");
  }

  @Test
  void spaceAfterTheColonMayBeMissingAndOnlyOneIsDropped() throws IOException {
    assertThat(events("data:one\n\ndata:  two\n\n")).containsExactly("one", " two");
  }

  @Test
  void lastEventCountsWithoutItsEmptyLine() throws IOException {
    assertThat(events("data: one\n\ndata: two")).containsExactly("one", "two");
  }

  @Test
  void bodyOfSomethingElseHasNoEvents() throws IOException {
    assertThat(events("<html>\n<body>Bad gateway</body>\n\n</html>")).isEmpty();
  }

  @Test
  void eventsAreTheSameWhereverTheBytesAreCut() throws IOException {
    String first = "p\u00e2t\u00e9 \u65e5\u672c";
    String second = "\ud83d\udc3b!";
    byte[] body =
        (": hi\r\ndata: " + first + "\r\n\r\ndata: " + second + "\n\n")
            .getBytes(StandardCharsets.UTF_8);

    for (int at = 0; at <= body.length; at++) {
      InputStream cut =
          new SequenceInputStream(
              new ByteArrayInputStream(body, 0, at),
              new ByteArrayInputStream(body, at, body.length - at));
      assertThat(events(cut)).as("cut at byte %d", at).containsExactly(first, second);
    }
  }

  @Test
  void lineWithoutEndIsGivenUp() {
    assertThatThrownBy(() -> events(endless("x"))).isInstanceOf(IOException.class);
  }

  @Test
  void eventWithoutEndIsGivenUp() {
    assertThatThrownBy(() -> events(endless("data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n")))
        .isInstanceOf(IOException.class);
  }

  private static List<String> events(String body) throws IOException {
    return events(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<String> events(InputStream body) throws IOException {
    EventStream stream = new EventStream(body);
    List<String> events = new ArrayList<>();
    for (String event = stream.next(); event != null; event = stream.next()) {
      events.add(event);
    }
    return events;
  }

  /** The same bytes again and again, up to far more than may be kept. */
  private static InputStream endless(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new InputStream() {
      private long left = 64L * 1024 * 1024;
      private int next;

      @Override
      public int read() {
        left--;
        return left < 0 ? -1 : bytes[next++ % bytes.length];
      }

      @Override
      public int read(byte[] into, int off, int length) {
        if (left <= 0) {
          return -1;
        }
        for (int i = 0; i < length; i++) {
          into[off + i] = (byte) read();
        }
        return length;
      }
    };
  }
}
