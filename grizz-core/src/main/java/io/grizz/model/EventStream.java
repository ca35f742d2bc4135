package io.grizz.model;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events, read from a body: CRLF or LF, comments, several data lines to an event, with
 * or without a space after the colon. Lines are cut as bytes, so that a character may be split
 * across two reads.
 */
final class EventStream {

  private static final int LONGEST = 1024 * 1024;
  private static final int BUFFER = 8 * 1024;

  private final InputStream body;
  private final byte[] buffer = new byte[BUFFER];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);
  private int from;
  private int to;

  EventStream(InputStream body) {
    this.body = body;
  }

  /** The data of the next event; null at the end of the body. */
  @Nullable String next() throws IOException {
    StringBuilder data = new StringBuilder();
    boolean any = false;
    for (String read = line(); read != null; read = line()) {
      if (read.isEmpty()) {
        if (any) {
          return data.toString();
        }
      } else if (read.startsWith("data:")) {
        if (any) {
          data.append('\n');
        }
        any = true;
        data.append(read, read.startsWith("data: ") ? 6 : 5, read.length());
        if (data.length() > LONGEST) {
          throw new IOException("an event of more than " + LONGEST + " characters");
        }
      }
    }
    // why: servers exist that end without the last empty line
    return any ? data.toString() : null;
  }

  private @Nullable String line() throws IOException {
    line.reset();
    while (fill()) {
      int begin = from;
      while (from < to && buffer[from] != '\n') {
        from++;
      }
      line.write(buffer, begin, from - begin);
      if (line.size() > LONGEST) {
        throw new IOException("a line of more than " + LONGEST + " bytes");
      }
      if (from < to) {
        from++;
        return text();
      }
    }
    return line.size() == 0 ? null : text();
  }

  private String text() {
    String text = line.toString(StandardCharsets.UTF_8);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  /** Whether there is anything more to read, in the buffer or beyond. */
  private boolean fill() throws IOException {
    if (from == to) {
      from = 0;
      to = Math.max(0, body.read(buffer));
    }
    return from < to;
  }
}
