package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.ChatRecord.Conversation;
import io.grizz.api.ChatRecord.Message;
import io.grizz.api.ChatRecord.UnknownUserException;
import io.grizz.chat.Frames;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.HttpDoor.Answer;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Conversations over HTTP, for whoever shows a token. */
final class Api {

  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;
  private static final int PAGE = 50;
  private static final int LONGEST_PAGE = 200;

  private final House house;
  private final Stores stores;
  private final InstantSource clock;

  Api(House house) {
    this.house = house;
    this.stores = house.stores();
    this.clock = house.clock();
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/api/conversations/today", known(this::today)),
        new Route("GET", "/api/conversations", known(this::conversations)),
        new Route("GET", "/api/conversations/*/messages", known(this::messages)));
  }

  /** Answers a user. */
  @FunctionalInterface
  interface UserAnswer {
    void to(UUID user, Exchange exchange) throws IOException;
  }

  /** Answers a user for as long as its token lasts. */
  @FunctionalInterface
  interface SessionAnswer {
    void to(Session session, Exchange exchange) throws IOException;
  }

  /** Asks for the token first. */
  Answer known(UserAnswer answer) {
    return admitted((session, exchange) -> answer.to(session.user(), exchange));
  }

  /** Asks for the token first, and says how long it is good. */
  Answer admitted(SessionAnswer answer) {
    return exchange -> {
      if (!exchange.peer().secure()) {
        throw new HttpProblem(FORBIDDEN, "forbidden", "a token has to come over TLS");
      }
      Optional<Session> session =
          exchange
              .header("Authorization")
              .filter(it -> it.startsWith("Bearer "))
              .flatMap(it -> session(exchange, it.substring("Bearer ".length()).strip()));
      if (session.isEmpty()) {
        exchange.set("WWW-Authenticate", "Bearer");
        throw new HttpProblem(UNAUTHORIZED, "unauthenticated", "invalid token");
      }
      answer.to(session.get(), exchange);
    };
  }

  private Optional<Session> session(Exchange exchange, String token) {
    try {
      return Session.of(house, token);
    } catch (Refusal e) {
      e.retryAfter().ifPresent(exchange::retryAfter);
      throw new HttpProblem(UNAVAILABLE, e.code(), String.valueOf(e.getMessage()));
    }
  }

  /** The UUID that a path holds between two texts; what is none names nothing that exists. */
  static UUID id(Exchange exchange, String before, String after, String code) {
    String path = exchange.path();
    String text = path.substring(before.length(), path.length() - after.length());
    if (!UUID_TEXT.matcher(text).matches()) {
      throw new HttpProblem(NOT_FOUND, code, "no such thing");
    }
    return UUID.fromString(text);
  }

  private void today(UUID user, Exchange exchange) throws IOException {
    ZoneId zone = exchange.query("tz").map(Api::zone).orElse(ZoneOffset.UTC);
    try {
      exchange.json(OK, json(stores.record().today(user, zone, clock.instant())));
    } catch (UnknownUserException e) {
      throw new HttpProblem(FORBIDDEN, "forbidden", "unknown user");
    }
  }

  private void conversations(UUID user, Exchange exchange) throws IOException {
    int limit = limit(exchange);
    Optional<Instant> before = exchange.query("before").map(Api::instant);
    List<Conversation> found = stores.record().conversations(user, before, limit);
    ObjectNode page = Json.object();
    ArrayNode items = page.putArray("items");
    found.forEach(each -> items.add(json(each)));
    page.put("next", found.size() < limit ? null : found.getLast().createdAt().toString());
    exchange.json(OK, page);
  }

  private void messages(UUID user, Exchange exchange) throws IOException {
    UUID conversation = id(exchange, "/api/conversations/", "/messages", "conv_not_found");
    int limit = limit(exchange);
    Optional<UUID> before =
        exchange
            .query("before")
            .map(text -> {
              if (!UUID_TEXT.matcher(text).matches()) {
                throw new HttpProblem(BAD_REQUEST, "bad_field", "before must be a UUID");
              }
              return UUID.fromString(text);
            });
    List<Message> found =
        stores
            .record()
            .messages(user, conversation, before, limit)
            .orElseThrow(
                () -> new HttpProblem(NOT_FOUND, "conv_not_found", "no such conversation"));
    ObjectNode page = Json.object();
    ArrayNode items = page.putArray("items");
    found.forEach(each -> items.add(json(each)));
    page.put("next", found.size() < limit ? null : found.getLast().id().toString());
    exchange.json(OK, page);
  }

  private static ObjectNode json(Message message) {
    ObjectNode json = fields(message);
    if (!message.files().isEmpty()) {
      ArrayNode files = json.putArray("files");
      message.files().forEach(it -> files.addObject().put("url", it.url()).put("mime", it.mime()));
    }
    return json;
  }

  private static ObjectNode fields(Message message) {
    return Json.object()
        .put("id", message.id().toString())
        .put("role", message.role())
        .put("content", message.text())
        .put("status", Frames.state(message.state()))
        .put("job", message.job().map(UUID::toString).orElse(null))
        .put("created_at", message.createdAt().toString());
  }

  static ObjectNode json(Conversation conversation) {
    return Json.object()
        .put("id", conversation.id().toString())
        .put("title", conversation.title())
        .put("conv_day", conversation.day().toString())
        .put("user_tz", conversation.zone().getId());
  }

  static int limit(Exchange exchange) {
    String text = exchange.query("limit").orElse(String.valueOf(PAGE));
    if (!text.matches("\\d{1,6}") || Integer.parseInt(text) < 1) {
      throw new HttpProblem(BAD_REQUEST, "bad_field", "limit must be a number above zero");
    }
    return Math.min(Integer.parseInt(text), LONGEST_PAGE);
  }

  static ZoneId zone(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      return ZoneOffset.UTC;
    }
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new HttpProblem(BAD_REQUEST, "bad_field", "before must be an instant");
    }
  }
}
