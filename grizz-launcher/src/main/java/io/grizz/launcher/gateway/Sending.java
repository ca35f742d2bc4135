package io.grizz.launcher.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/** A {@code send} frame: what it must look like, and what becomes of it. */
final class Sending {

  static final int LONGEST_TEXT = 32_000;
  static final int MOST_FILES = 8;

  private static final double HOTTEST = 2;
  private static final int LONGEST_MIME = 127;
  private static final Duration SOON = Duration.ofSeconds(2);

  private Sending() {}

  /** What a message became. */
  record Sent(RecordedJob job, boolean duplicate) {}

  static Sent send(Stores stores, GatewayConfig.Offer offer, UUID user, Fields frame) {
    ChatMessage message = message(offer, user, frame);
    Acceptance acceptance =
        stores
            .chat()
            .send(message)
            .orElseThrow(() -> Refusal.until("overloaded", "too many jobs wait", SOON));
    return switch (acceptance) {
      case Acceptance.Accepted accepted -> new Sent(accepted.job(), false);
      case Acceptance.Duplicate(RecordedJob job) -> new Sent(job, true);
      case Acceptance.Conflict conflict ->
          throw Refusal.of("idempotency_conflict", "another message has this msg");
      case Acceptance.Busy busy ->
          throw Refusal.until("busy", "the conversation has an open job", SOON);
      case Acceptance.TooMany(int open) ->
          throw Refusal.until("rate_limited", open + " jobs are open", SOON);
      case Acceptance.OverBudget(Duration left) ->
          throw Refusal.until("budget_exceeded", "your budget of the day is used up", left);
      case Acceptance.Forbidden forbidden -> throw Refusal.of("forbidden", "not your conversation");
      case Acceptance.NoConversation none ->
          throw Refusal.of("conv_not_found", "no such conversation");
    };
  }

  private static ChatMessage message(GatewayConfig.Offer offer, UUID user, Fields frame) {
    UUID key = frame.uuid("msg").orElseThrow(() -> frame.error("msg", "is missing"));
    String text = frame.text("text", LONGEST_TEXT);
    if (text.isBlank()) {
      throw frame.error("text", "is empty");
    }
    // why: a half of a surrogate pair has no UTF-8, so that no store would take it
    if (!text.equals(new String(text.getBytes(UTF_8), UTF_8))) {
      throw frame.error("text", "is not Unicode");
    }
    if (!frame.text("on_disconnect").orElse("continue").equals("continue")) {
      throw frame.error("on_disconnect", "must be continue");
    }
    ObjectNode request = Json.object();
    files(new FileRule(offer.fileHosts()), frame, request);
    frame.text("model").ifPresent(model -> request.put("model", allowed(offer.models(), model)));
    Fields opts = frame.fields("opts");
    ObjectNode options = request.putObject("opts");
    opts.number("temperature", 0, HOTTEST).ifPresent(it -> options.put("temperature", it));
    opts.integer("max_output_tokens", 1, Integer.MAX_VALUE)
        .ifPresent(it -> options.put("max_output_tokens", Math.min(it, offer.longestAnswer())));
    ZoneId zone = frame.text("tz").map(Api::zone).orElse(ZoneOffset.UTC);
    return new ChatMessage(
        user, frame.uuid("conv"), zone, key, text, onBusy(frame), Json.write(request));
  }

  private static void files(FileRule rule, Fields frame, ObjectNode request) {
    List<Fields> files = frame.list("files", MOST_FILES);
    if (files.isEmpty()) {
      return;
    }
    ArrayNode allowed = request.putArray("files");
    for (Fields file : files) {
      String url = file.text("url").orElseThrow(() -> file.error("url", "is missing"));
      String mime = file.text("mime").orElse("");
      if (mime.length() > LONGEST_MIME) {
        throw file.error("mime", "is longer than " + LONGEST_MIME + " characters");
      }
      if (!mime.chars().allMatch(Sending::printable)) {
        throw file.error("mime", "is not printable ASCII");
      }
      if (!rule.allows(url)) {
        throw Refusal.of("file_not_allowed", "this file's address is not allowed");
      }
      allowed.addObject().put("url", url).put("mime", mime);
    }
  }

  private static boolean printable(int character) {
    return character >= ' ' && character <= '~';
  }

  private static String allowed(Set<String> models, String model) {
    if (!model.equals("default") && !models.contains(model)) {
      throw Refusal.of("model_not_allowed", "this model is not offered");
    }
    return model;
  }

  private static OnBusy onBusy(Fields frame) {
    String wish = frame.text("on_busy").orElse("enqueue");
    return switch (wish) {
      case "enqueue", "reject", "interrupt" -> OnBusy.valueOf(wish.toUpperCase(Locale.ROOT));
      default -> throw frame.error("on_busy", "must be enqueue, reject or interrupt");
    };
  }
}
