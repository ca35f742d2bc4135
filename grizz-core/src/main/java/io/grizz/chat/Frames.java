package io.grizz.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.ChatRecord.Ending;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.FailureCode;
import io.grizz.api.JobState;
import io.grizz.json.Json;
import java.util.List;
import java.util.UUID;

/** The events of a job as JSON text, as they stand in its log and go over the wire. */
public final class Frames {

  private static final double MICROS = 1e6;

  private Frames() {}

  /** The job runs: for the how manieth time, on which model, and where. */
  public static String running(UUID job, long seq, Running run) {
    return Json.write(
        event("job", job, seq)
            .put("state", "running")
            .put("attempt", run.attempt())
            .put("model", run.model())
            .put("worker", run.worker()));
  }

  /**
   * More text.
   *
   * @param off UTF-16 units that came before
   */
  public static String delta(UUID job, long seq, long off, String text) {
    return Json.write(event("delta", job, seq).put("off", off).put("d", text));
  }

  /** All text so far is void: the answer begins again. */
  public static String reset(UUID job, long seq, int attempt, String why) {
    return Json.write(
        event("reset", job, seq).put("attempt", attempt).put("keep", 0).put("why", why));
  }

  /** All text up to an event, for a reader who starts here. */
  public static String snap(UUID job, String log, Snap snap) {
    ObjectNode frame = event("snap", job, snap.seq());
    frame.put("log", log).put("attempt", snap.attempt());
    return Json.write(frame.put("state", snap.state()).put("text", snap.text()));
  }

  /** How the job ended. */
  public static String terminal(UUID job, long seq, Ending ending) {
    String message = ending.message().map(UUID::toString).orElse(null);
    return switch (ending.state()) {
      case COMPLETED -> Json.write(done(event("done", job, seq).put("message", message), ending));
      case CANCELLED ->
          Json.write(
              event("cancelled", job, seq).put("partial", message != null).put("message", message));
      case DEAD, EXPIRED -> {
        String code =
            ending.state() == JobState.EXPIRED ? "expired" : FailureCode.of(ending.code());
        yield Json.write(
            event("failed", job, seq)
                .put("code", code)
                .put("retryable", FailureCode.retryable(code))
                .put("partial", message != null)
                .put("message", message));
      }
      case HELD, SCHEDULED, READY, RUNNING ->
          throw new IllegalArgumentException("not an end: " + ending.state());
    };
  }

  /** A state as the wire names it. */
  public static String state(JobState state) {
    return switch (state) {
      case HELD, SCHEDULED, READY -> "queued";
      case RUNNING -> "running";
      case COMPLETED -> "done";
      case DEAD, EXPIRED -> "failed";
      case CANCELLED -> "cancelled";
    };
  }

  /**
   * Who answers.
   *
   * @param worker the process, as people know it
   */
  public record Running(int attempt, String model, String worker) {}

  /** What a snapshot says. */
  public record Snap(long seq, int attempt, String state, String text) {}

  /** Text deltas in {@code frames}, appended to {@code before}; a reset begins again. */
  public static String text(String before, List<String> frames) {
    StringBuilder text = new StringBuilder(before);
    for (String frame : frames) {
      var fields = Json.fields(frame);
      switch (fields.text("t").orElse("")) {
        case "delta" -> text.append(fields.text("d").orElse(""));
        case "reset" -> text.setLength(0);
        default -> {
          // why: states and ends carry no text
        }
      }
    }
    return text.toString();
  }

  private static ObjectNode done(ObjectNode frame, Ending ending) {
    Usage usage = ending.usage();
    frame.put("finish", usage.finish());
    frame
        .putObject("usage")
        .put("in", usage.input())
        .put("out", usage.output())
        .put("cached", usage.cached())
        .put("reasoning", usage.reasoning())
        .put("estimated", usage.estimated());
    return frame
        .put("cost_usd", usage.costMicros() / MICROS)
        .put("ttft_ms", usage.firstTokenMillis())
        .put("ms", usage.millis())
        .put("model", usage.model());
  }

  private static ObjectNode event(String type, UUID job, long seq) {
    return Json.object().put("t", type).put("job", job.toString()).put("seq", seq);
  }
}
