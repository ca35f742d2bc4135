package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.ChatRecord.RecordRefusedException;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.FailureCode;
import io.grizz.api.Priority;
import io.grizz.api.QueueUnavailableException;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.json.JsonFormatException;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.Watched.Cursor;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client of the time before {@code grizz.v1}: text comes in, plain or as {@code {"text",
 * "file_urls"}}, and the answer goes out as raw pieces of text. A ping is no message, and an answer
 * that fails ends with {@code {"type":"error"}}.
 */
final class LegacyClient implements Dialect {

  private static final Logger LOG = LoggerFactory.getLogger(LegacyClient.class);
  private final UUID conversation;
  private final Seat seat;
  private final Outbox outbox;
  private final Hub hub;
  private final Stores stores;
  private final GatewayConfig config;
  private final TokenBucket messages;
  private final Map<UUID, RawAnswer> answers = new HashMap<>();

  LegacyClient(UUID conversation, Seat seat, Outbox outbox, House house) {
    this.conversation = conversation;
    this.seat = seat;
    this.outbox = outbox;
    this.hub = house.hub();
    this.stores = house.stores();
    this.config = house.config();
    this.messages = TokenBucket.perMinute(config.limits().rates().messages());
  }

  @Override
  public boolean entered() {
    try {
      hub.follow(seat.user());
      return true;
    } catch (QueueUnavailableException e) {
      seat.close(Close.OVERLOADED);
      return false;
    }
  }

  @Override
  public boolean maySayHelloFirst() {
    return false;
  }

  @Override
  public boolean greeted() {
    return true;
  }

  @Override
  public void frame(String text) {
    try {
      Optional<ObjectNode> object = object(text);
      if (object.isPresent() && !object.get().has("text") && object.get().has("type")) {
        if (object.get().path("type").asText().equals("ping")) {
          outbox.add("{\"type\":\"pong\"}");
        }
        return;
      }
      seat.heard();
      send(object.filter(it -> it.has("text")).orElseGet(() -> Json.object().put("text", text)));
    } catch (JsonFormatException e) {
      error("bad_field");
    } catch (Refusal e) {
      error(e.code());
    } catch (QueueUnavailableException | RecordUnavailableException e) {
      error("overloaded");
    } catch (RecordRefusedException e) {
      LOG.error("the record refuses what a client asks", e);
      error("internal");
    }
  }

  private void send(ObjectNode said) {
    UUID user = seat.user();
    seat.watches().requireRoom();
    if (messages.take(System.nanoTime()) > 0 || hub.pause(user, Priority.NORMAL) > 0) {
      throw Refusal.of("rate_limited", "too many messages");
    }
    ObjectNode frame =
        Json.object().put("msg", UUID.randomUUID().toString()).put("conv", conversation.toString());
    frame.set("text", said.get("text"));
    for (JsonNode url : said.path("file_urls")) {
      frame.withArray("files").addObject().set("url", url);
    }
    Fields fields = Json.fields(Json.write(frame));
    UUID job = Sending.send(stores, config.offer(), user, fields).job().id();
    answers.put(job, new RawAnswer());
    seat.attach(job, Cursor.START, this::tell);
  }

  private void tell(UUID job, String type, String text) {
    RawAnswer answer = answers.computeIfAbsent(job, id -> new RawAnswer());
    Fields frame = Json.fields(text);
    switch (type) {
      case "delta" -> show(answer.more(frame.text("d").orElse("")));
      case "reset" -> answer.restarted();
      case "snap" -> show(answer.replaced(frame.text("text").orElse("")));
      case "done", "cancelled", "failed" -> {
        show(answer.ended());
        answers.remove(job);
        if (type.equals("failed")) {
          error(frame.text("code").orElse("internal"));
        }
      }
      default -> {
        // why: states and tools are nothing that this client knows
      }
    }
  }

  private void show(String piece) {
    if (!piece.isEmpty()) {
      outbox.add(piece);
    }
  }

  private void error(String code) {
    hub.refused().count(code);
    ObjectNode error = Json.object().put("type", "error").put("code", code);
    outbox.add(Json.write(error.put("retryable", FailureCode.retryable(code))));
  }

  /** What is said as an object; empty for plain text, whatever it looks like. */
  private static Optional<ObjectNode> object(String text) {
    if (!text.stripLeading().startsWith("{")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.fields(text).object());
    } catch (JsonFormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public void tick(long now) {
    // why nothing: it has said hello by coming, and knows no word of warning
  }

  @Override
  public void goodbye(Duration after) {
    // why nothing: it knows no such word, and comes back by itself
  }
}
