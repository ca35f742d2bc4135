package io.grizz.postgres;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.api.ChatRecord.Answer;
import io.grizz.api.ChatRecord.Attachment;
import io.grizz.api.ChatRecord.Conversation;
import io.grizz.api.ChatRecord.Ending;
import io.grizz.api.ChatRecord.Message;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.JobState;
import io.grizz.json.Json;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the record's rows mean. */
final class Rows {

  private Rows() {}

  static RecordedJob job(Row row) {
    return new RecordedJob(
        row.uuid("id"),
        row.uuid("user_id"),
        row.uuid("conversation_id"),
        row.text("type"),
        state(row),
        row.integer("life"),
        row.text("log"),
        row.text("payload"),
        row.flag("cancel_asked"),
        row.instant("created_at"));
  }

  /** How a job of grizz.jobs ended. */
  static Ending ending(Row row) {
    return new Ending(
        state(row),
        row.text("code"),
        row.optionalUuid("message_id"),
        new Usage(
            row.text("model"),
            row.text("finish"),
            row.integer("input_tokens"),
            row.integer("output_tokens"),
            row.integer("cached_tokens"),
            row.integer("reasoning_tokens"),
            row.flag("estimated"),
            row.number("cost_micros"),
            row.number("first_token_ms"),
            row.number("total_ms")));
  }

  /** The ending of a job of which there is no row, or no longer. */
  static Ending unwritten(Answer answer) {
    return new Ending(answer.state(), answer.code(), Optional.empty(), answer.usage());
  }

  static Conversation conversation(Row row) {
    return new Conversation(
        row.uuid("id"),
        row.optionalText("title").orElse(""),
        row.day("conv_day"),
        zone(row.optionalText("user_tz").orElse("")),
        row.instant("created_at"));
  }

  /** A message with the state of its job; one that had no job is complete. */
  static Message message(Row row) {
    return new Message(
        row.uuid("id"),
        row.text("role"),
        row.text("content"),
        row.optionalText("metadata").map(Rows::files).orElse(List.of()),
        row.optionalUuid("job_id"),
        row.optionalText("state").map(JobState::valueOf).orElse(JobState.COMPLETED),
        row.instant("created_at"));
  }

  /**
   * What the column holds is ours, or the original's; of the latter, nothing is taken for a file.
   */
  private static List<Attachment> files(String metadata) {
    List<Attachment> files = new ArrayList<>();
    for (JsonNode file : Json.tree(metadata).path("files")) {
      if (file.path("url").isTextual()) {
        files.add(new Attachment(file.path("url").asText(), file.path("mime").asText("")));
      }
    }
    return files;
  }

  static JobState state(Row row) {
    return JobState.valueOf(row.text("state"));
  }

  /** Text as a column can keep it: Postgres refuses the character of code zero. */
  static String storable(String text) {
    return text.indexOf('\0') < 0 ? text : text.replace("\0", "");
  }

  private static ZoneId zone(String name) {
    try {
      return name.isEmpty() ? ZoneOffset.UTC : ZoneId.of(name);
    } catch (DateTimeException e) {
      // why: the column is older than we are, and may hold anything
      return ZoneOffset.UTC;
    }
  }
}
