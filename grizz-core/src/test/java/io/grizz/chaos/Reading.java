package io.grizz.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.api.JobQueue;
import io.grizz.api.OutputPage;
import io.grizz.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A client that reads one answer as it grows, by the rules of the protocol. */
final class Reading {

  private final JobQueue queue;
  private final UUID job;
  private final StringBuilder text = new StringBuilder();
  private final List<JsonNode> ends = new ArrayList<>();
  private String log = "";
  private long seq;

  Reading(JobQueue queue, UUID job) {
    this.queue = queue;
    this.job = job;
  }

  /** Reads on; true when the answer has ended. */
  boolean ended() {
    queue
        .output(job, seq)
        .ifPresent(page -> {
          if (!log.equals(page.log())) {
            log = page.log();
            seq = 0;
            text.setLength(0);
            queue.output(job, 0).ifPresent(this::apply);
          } else {
            apply(page);
          }
        });
    return !ends.isEmpty();
  }

  UUID job() {
    return job;
  }

  String text() {
    return text.toString();
  }

  /** The type of the one terminal event. */
  String end() {
    assertThat(ends).hasSize(1);
    return ends.getFirst().path("t").asText();
  }

  /** The row that the terminal event names. */
  String message() {
    return ends.getFirst().path("message").asText();
  }

  private void apply(OutputPage page) {
    page.snapshot()
        .ifPresent(snapshot -> {
          seq = snapshot.seq();
          text.setLength(0);
          text.append(snapshot.text());
        });
    page.frames().forEach(frame -> apply(Json.tree(frame)));
  }

  private void apply(JsonNode frame) {
    long next = frame.path("seq").asLong();
    assertThat(next).as("no event is missing before %s", frame).isEqualTo(seq + 1);
    assertThat(ends).as("nothing comes after the end, as did %s", frame).isEmpty();
    seq = next;
    switch (frame.path("t").asText()) {
      case "delta" -> {
        assertThat(frame.path("off").asInt()).as("off of %s", frame).isEqualTo(text.length());
        text.append(frame.path("d").asText());
      }
      case "reset" -> text.setLength(0);
      case "done", "failed", "cancelled" -> ends.add(frame);
      default -> assertThat(frame.path("t").asText()).isEqualTo("job");
    }
  }
}
