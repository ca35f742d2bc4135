package io.grizz.launcher.gateway;

import io.grizz.api.ChatRecord.UnknownUserException;
import io.grizz.api.Erasure;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Conversations that a user makes, names and deletes. */
final class ConversationsApi {

  private static final String PATH = "/api/conversations";
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int LONGEST_TITLE = 200;
  private static final int ONE = 1;

  private final Stores stores;
  private final InstantSource clock;

  ConversationsApi(Stores stores, InstantSource clock) {
    this.stores = stores;
    this.clock = clock;
  }

  List<Route> routes(Api api) {
    return List.of(
        new Route("POST", PATH, api.known(this::open)),
        new Route("PATCH", PATH + "/*", api.known(this::rename)),
        new Route("DELETE", PATH + "/*", api.known(this::delete)));
  }

  private void open(UUID user, Exchange exchange) throws IOException {
    Fields body = Json.fields(exchange.body());
    String title = body.text("title").orElse("");
    ZoneId zone = body.text("tz").map(Api::zone).orElse(ZoneOffset.UTC);
    requireShort(body, title);
    try {
      exchange.json(CREATED, Api.json(stores.record().open(user, title, zone, clock.instant())));
    } catch (UnknownUserException e) {
      throw new HttpProblem(FORBIDDEN, "forbidden", "unknown user");
    }
  }

  private void rename(UUID user, Exchange exchange) throws IOException {
    UUID conversation = id(exchange);
    Fields body = Json.fields(exchange.body());
    String title = body.text("title", LONGEST_TITLE);
    if (!stores.record().rename(user, conversation, title)) {
      throw unknown();
    }
    exchange.json(OK, Json.object().put("id", conversation.toString()).put("title", title));
  }

  private void delete(UUID user, Exchange exchange) throws IOException {
    UUID conversation = id(exchange);
    if (stores.record().messages(user, conversation, Optional.empty(), ONE).isEmpty()) {
      throw unknown();
    }
    stores.chat().forget(new Erasure.Scope(user, Optional.of(conversation)));
    exchange.empty();
  }

  private static UUID id(Exchange exchange) {
    return Api.id(exchange, PATH + "/", "", "conv_not_found");
  }

  private static void requireShort(Fields body, String title) {
    if (title.length() > LONGEST_TITLE) {
      throw body.error("title", "has more than " + LONGEST_TITLE + " characters");
    }
  }

  private static HttpProblem unknown() {
    return new HttpProblem(NOT_FOUND, "conv_not_found", "no such conversation");
  }
}
