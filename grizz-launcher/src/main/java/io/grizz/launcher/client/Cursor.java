package io.grizz.launcher.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Fields;
import io.grizz.launcher.client.ChatClient.Ended;
import io.grizz.launcher.client.ChatClient.Reader;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How far one answer was read: applies each event once, and knows when something is missing. */
final class Cursor {

  private static final Set<String> ENDS = Set.of("done", "failed", "cancelled");

  private final Reader reader;
  private final StringBuilder text = new StringBuilder();
  private @Nullable UUID job;
  private String log = "";
  private long last;
  private boolean behind;
  private boolean over; // a snapshot said that the answer ended, and its end follows

  Cursor(Reader reader) {
    this.reader = reader;
  }

  Reader reader() {
    return reader;
  }

  /** The server has not said yet that it accepted the message. */
  boolean unsent() {
    return job == null;
  }

  /** Whether events are missing; asking for them clears it. */
  boolean behind() {
    return behind;
  }

  void resume(ObjectNode hello) {
    if (job != null) {
      place(hello.putArray("resume").addObject());
    }
  }

  ObjectNode watch(ObjectNode request) {
    behind = false;
    return place(request);
  }

  /** Applies a frame; true when it ended the answer. */
  boolean apply(String type, Fields frame) {
    if (type.equals("ok") && job == null && frame.uuid("job").isPresent()) {
      job = frame.uuid("job").get();
      log = frame.text("log").orElse("");
      return false;
    }
    if (job == null || !frame.uuid("job").map(job::equals).orElse(false)) {
      return false;
    }
    long seq = frame.integer("seq", 0, Long.MAX_VALUE).orElse(last);
    if (type.equals("snap")) {
      replace(frame);
      last = seq;
      over = ENDS.contains(frame.text("state").orElse(""));
      return false;
    }
    boolean ends = ENDS.contains(type);
    if (ends && over) {
      return true;
    }
    if (seq <= last) {
      return false;
    }
    // why: to a slow reader the server may send one delta that stands for several
    if (frame.integer("from", 0, seq).orElse(seq) > last + 1) {
      behind = true;
      return false;
    }
    return ends || next(type, frame, seq);
  }

  Ended ended(String type, Fields frame) {
    UUID ended = frame.uuid("job").orElseThrow();
    return new Ended(ended, type, frame.text("code").orElse(""), text.toString());
  }

  private boolean next(String type, Fields frame, long seq) {
    if (type.equals("delta")) {
      if (frame.integer("off", 0, Integer.MAX_VALUE).orElse(0) != text.length()) {
        behind = true;
        return false;
      }
      String delta = frame.text("d").orElse("");
      text.append(delta);
      reader.text(delta);
    } else if (type.equals("reset")) {
      text.setLength(0);
      reader.restarted(attempt(frame));
    }
    last = seq;
    return false;
  }

  private void replace(Fields snap) {
    String all = snap.text("text").orElse("");
    log = snap.text("log").orElse(log);
    if (all.startsWith(text.toString())) {
      String more = all.substring(text.length());
      if (!more.isEmpty()) {
        reader.text(more);
      }
    } else {
      reader.restarted(attempt(snap));
      reader.text(all);
    }
    text.setLength(0);
    text.append(all);
  }

  private static int attempt(Fields frame) {
    return (int) frame.integer("attempt", 0, Integer.MAX_VALUE).orElse(1);
  }

  private ObjectNode place(ObjectNode frame) {
    return frame.put("job", String.valueOf(job)).put("log", log).put("after", last);
  }
}
