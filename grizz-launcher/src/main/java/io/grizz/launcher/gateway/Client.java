package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.ChatRecord.RecordRefusedException;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.Priority;
import io.grizz.api.QueueUnavailableException;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.json.JsonFormatException;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.Watched.Cursor;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client may do and is told: who it is, which jobs it watches, how much it has asked for.
 * Belongs to its connection's thread.
 */
final class Client implements Dialect {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Logger LOG = LoggerFactory.getLogger(Client.class);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final int LONGEST_ID = 64;
  private static final int DEPLOY = 4001;
  private static final int MOST_WATCHES_AT_ONCE = 60;

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final long number = NUMBERS.incrementAndGet();
  private final Connection connection;
  private final Seat seat;
  private final Outbox outbox;
  private final House house;
  private final Hub hub;
  private final Stores stores;
  private final GatewayConfig config;
  private final InstantSource clock;
  private final TokenBucket messages;
  private final TokenBucket watching;
  private final TokenBucket tooMany;
  private final Strikes errors;
  private final long openedNanos = System.nanoTime();
  private boolean greeted;
  private boolean warned;

  Client(Connection connection, Seat seat, Outbox outbox, House house) {
    this.connection = connection;
    this.seat = seat;
    this.outbox = outbox;
    this.house = house;
    this.hub = house.hub();
    this.stores = house.stores();
    this.config = house.config();
    this.clock = house.clock();
    this.messages = TokenBucket.perMinute(config.limits().rates().messages());
    this.watching = TokenBucket.perMinute(config.limits().rates().watches(), MOST_WATCHES_AT_ONCE);
    this.tooMany = TokenBucket.perMinute(config.limits().rates().errors());
    this.errors = new Strikes(config.limits().rates().errors());
  }

  @Override
  public boolean greeted() {
    return greeted;
  }

  @Override
  public boolean entered() {
    return true;
  }

  @Override
  public void tick(long now) {
    if (!greeted && now - openedNanos > config.limits().patience().hello().toNanos()) {
      connection.close(Close.HELLO_TIMEOUT);
    }
    warn();
  }

  @Override
  public boolean maySayHelloFirst() {
    return true;
  }

  @Override
  public void goodbye(Duration after) {
    ObjectNode bye = Json.object().put("t", "bye").put("code", DEPLOY).put("reason", "deploy");
    send(bye.put("reconnect", true).put("after_ms", after.toMillis()));
  }

  /** Says once that the token ends soon. */
  private void warn() {
    if (!greeted || warned || seat.session().isEmpty()) {
      return;
    }
    Instant end = seat.session().get().expires();
    if (Duration.between(clock.instant(), end).compareTo(SOON) < 0) {
      warned = true;
      send(Json.object().put("t", "auth_soon").put("exp", end.getEpochSecond()));
    }
  }

  @Override
  public void frame(String text) {
    String id = "";
    try {
      Fields frame = Json.fields(text);
      String type = frame.text("t").orElse("");
      id = frame.text("id").orElse("");
      if (id.length() > LONGEST_ID) {
        id = "";
        throw frame.error("id", "is longer than " + LONGEST_ID + " characters");
      }
      if (!type.equals("ping")) {
        seat.heard();
      }
      request(type, id, frame);
    } catch (JsonFormatException e) {
      protocolError(id, e.field().isEmpty() ? "bad_json" : "bad_field", e.getMessage());
    } catch (Refusal e) {
      if (e.code().equals("bad_type")) {
        protocolError(id, e.code(), e.getMessage());
      } else {
        refuse(id, e);
      }
    } catch (QueueUnavailableException e) {
      refuse(id, Refusal.until("overloaded", "the queue does not answer", e.retryAfter()));
    } catch (RecordUnavailableException e) {
      refuse(id, Refusal.until("overloaded", "the record does not answer", RETRY));
    } catch (RecordRefusedException e) {
      LOG.error("the record refuses what a client asks", e);
      refuse(id, Refusal.of("internal", "the record refuses this"));
    }
  }

  private void request(String type, String id, Fields frame) {
    if (!greeted && !type.equals("hello")) {
      throw Refusal.of("unauthenticated", "say hello first");
    }
    switch (type) {
      case "hello" -> hello(id, frame);
      case "auth" -> auth(id, frame);
      case "send" -> message(id, frame);
      case "watch" -> watch(id, frame);
      case "unwatch" -> {
        seat.watches().leave(job(frame));
        ok(id, Json.object());
      }
      case "cancel" -> cancel(id, frame);
      case "ping" ->
          send(Json.object().put("t", "pong").put("ts", frame.object().path("ts").asLong()));
      default -> throw Refusal.of("bad_type", "no such type");
    }
  }

  private void hello(String id, Fields frame) {
    if (greeted) {
      throw Refusal.of("bad_type", "hello comes once");
    }
    if (seat.session().isEmpty() && !connection.enters(frame.text("token").orElse(""))) {
      return;
    }
    hub.follow(seat.user());
    ObjectNode welcome = welcome(id);
    ArrayNode resumed = welcome.putArray("resumed");
    for (Fields cursor : frame.list("resume", config.limits().watched())) {
      UUID job = job(cursor);
      if (Watched.allowed(stores, seat.user(), job)) {
        Watched each = attach(job, cursor(cursor));
        boolean recovered = each.goesOn();
        resumed
            .addObject()
            .put("job", job.toString())
            .put("log", each.log().orElse(""))
            .put("from", each.last() + 1)
            .put("recovered", recovered);
      }
    }
    if (frame.object().path("merge").asBoolean()) {
      outbox.mayMerge();
    }
    greeted = true;
    send(welcome);
  }

  private ObjectNode welcome(String id) {
    GatewayConfig.Limits limits = config.limits();
    ObjectNode welcome =
        Json.object()
            .put("t", "welcome")
            .put("re", id)
            .put("conn", "c_" + Long.toHexString(number))
            .put("user", seat.user().toString())
            .put("exp", seat.session().map(it -> it.expires().getEpochSecond()).orElse(0L))
            .put("hb_ms", limits.patience().clientHeartbeat().toMillis())
            .put("now", clock.millis());
    welcome
        .putObject("limits")
        .put("frame", limits.frame())
        .put("msgs_per_min", limits.rates().messages())
        .put("inflight", limits.inFlight())
        .put("text", Sending.LONGEST_TEXT)
        .put("files", Sending.MOST_FILES);
    welcome.putArray("caps").add("merge");
    return welcome;
  }

  private void auth(String id, Fields frame) {
    requireTurn();
    Session fresh =
        frame
            .text("token")
            .flatMap(it -> Session.of(house, it))
            .orElseThrow(() -> Refusal.of("unauthenticated", "invalid token"));
    if (seat.renew(fresh)) {
      warned = false;
      ok(id, Json.object().put("exp", fresh.expires().getEpochSecond()));
    }
  }

  private void message(String id, Fields frame) {
    seat.watches().requireRoom(); // why now: what was accepted cannot be refused any more
    long pause = messages.take(System.nanoTime());
    if (pause == 0) {
      pause = hub.pause(seat.user(), Priority.NORMAL);
    }
    if (pause > 0) {
      if (tooMany.take(System.nanoTime()) > 0) {
        connection.close(Close.FLOODING);
        return;
      }
      throw Refusal.until("rate_limited", "too many messages", Duration.ofMillis(pause));
    }
    Sending.Sent sent = Sending.send(stores, config.offer(), seat.user(), frame);
    UUID job = sent.job().id();
    ok(
        id,
        Json.object()
            .put("job", job.toString())
            .put("log", sent.job().log())
            .put("seq", 1)
            .put("dup", sent.duplicate()));
    if (!seat.watches().has(job)) {
      attach(job, Cursor.START);
    }
  }

  private void watch(String id, Fields frame) {
    UUID job = job(frame);
    requireTurn();
    if (!Watched.allowed(stores, seat.user(), job)) {
      throw Refusal.of("job_unknown", "no such job");
    }
    Watched each = attach(job, cursor(frame));
    each.goesOn(); // which finds the log, whatever the client calls it
    ok(id, Json.object().put("job", job.toString()).put("log", each.log().orElse("")));
  }

  private void cancel(String id, Fields frame) {
    UUID job = job(frame);
    requireTurn();
    if (!stores.cancel(seat.user(), job)) {
      throw Refusal.of("job_unknown", "no such job");
    }
    ok(id, Json.object().put("job", job.toString()));
  }

  /** What reaches the stores, or costs a signature, has a rate of its own beside messages. */
  private void requireTurn() {
    long pause = watching.take(System.nanoTime());
    if (pause > 0) {
      throw Refusal.until("rate_limited", "too many requests", Duration.ofMillis(pause));
    }
  }

  private Watched attach(UUID job, Cursor cursor) {
    return seat.attach(job, cursor, this::tell);
  }

  private void tell(UUID job, String type, String frame) {
    if (!outbox.add(job, type, frame)) {
      seat.watches().dropped(job);
    }
  }

  private static UUID job(Fields frame) {
    return frame.uuid("job").orElseThrow(() -> frame.error("job", "is missing"));
  }

  private static Cursor cursor(Fields frame) {
    String log = frame.text("log").filter(it -> !it.isEmpty()).orElse(null);
    return new Cursor(log, frame.integer("after", 0, Long.MAX_VALUE).orElse(0));
  }

  private void protocolError(String id, String code, @Nullable String message) {
    if (errors.out(System.nanoTime())) {
      connection.close(Close.FLOODING);
    } else {
      refuse(id, Refusal.of(code, message == null ? code : message));
    }
  }

  private void refuse(String id, Refusal refusal) {
    hub.refused().count(refusal.code());
    ObjectNode err =
        Json.object()
            .put("t", "err")
            .put("re", id)
            .put("code", refusal.code())
            .put("message", refusal.getMessage())
            .put("retryable", refusal.retryable());
    refusal.retryAfter().ifPresent(it -> err.put("retry_ms", it.toMillis()));
    send(err);
  }

  private void ok(String id, ObjectNode more) {
    send(Json.object().put("t", "ok").put("re", id).setAll(more));
  }

  private void send(JsonNode frame) {
    outbox.add(Json.write(frame));
  }
}
