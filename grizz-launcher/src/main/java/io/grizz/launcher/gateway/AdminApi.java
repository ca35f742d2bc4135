package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.DeadLetters;
import io.grizz.api.Doorbell;
import io.grizz.api.JobView;
import io.grizz.api.QueueStats;
import io.grizz.chat.Chat;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.HttpDoor.Answer;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an operator looks at and decides, as JSON. What it changes, it logs. */
final class AdminApi {

  private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);
  private static final String DEAD = "/admin/dead";
  private static final String REQUEUE = "/requeue";
  private static final String USERS = "/admin/users/";
  private static final String KICK = "/kick";
  private static final Duration LONGEST_PAUSE = Duration.ofDays(1);
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  private final House house;
  private final Stores stores;
  private final OperatorRule rule;
  private final Supplier<String> processes;

  /**
   * @param processes what the supervisor says of them, one {@code name=state} after the other
   */
  AdminApi(House house, OperatorRule rule, Supplier<String> processes) {
    this.house = house;
    this.stores = house.stores();
    this.rule = rule;
    this.processes = processes;
  }

  List<Route> routes() {
    return List.of(
        route("GET", "/admin/queue", this::queue),
        route("POST", "/admin/queue/pause", this::pause),
        route("POST", "/admin/queue/resume", this::resume),
        route("GET", "/admin/workers", this::workers),
        route("GET", DEAD, this::letters),
        route("GET", DEAD + "/*", this::letter),
        route("DELETE", DEAD + "/*", this::delete),
        route("POST", DEAD + "/*" + REQUEUE, this::requeue),
        route("POST", USERS + "*" + KICK, this::kick));
  }

  private Route route(String method, String path, Answer answer) {
    return new Route(method, path, rule.only(answer));
  }

  private void queue(Exchange exchange) throws IOException {
    QueueStats stats = stores.queue().stats();
    exchange.json(
        OK,
        Json.object()
            .put("waiting", stats.waiting())
            .put("running", stats.running())
            .put("scheduled", stats.scheduled())
            .put("dead", stats.dead())
            .put("dead_dropped", stats.overflow())
            .put("oldest_waiting_ms", stats.oldestWaiting().toMillis()));
  }

  private void pause(Exchange exchange) throws IOException {
    Fields body = Json.fields(exchange.body());
    long seconds =
        body.integer("seconds", 1, LONGEST_PAUSE.toSeconds())
            .orElseThrow(() -> body.error("seconds", "is missing"));
    stores.queue().pause(house.clock().instant().plusSeconds(seconds));
    LOG.info("operator: nothing starts for {} s", seconds);
    exchange.json(OK, Json.object().put("paused", true).put("seconds", seconds));
  }

  private void resume(Exchange exchange) throws IOException {
    stores.queue().resume();
    LOG.info("operator: the pause is over");
    exchange.json(OK, Json.object().put("paused", false));
  }

  private void workers(Exchange exchange) throws IOException {
    ObjectNode answer = Json.object();
    ArrayNode items = answer.putArray("items");
    stores
        .queue()
        .workers()
        .forEach(each ->
            items
                .addObject()
                .put("incarnation", each.incarnation())
                .put("silent_ms", each.silent().toMillis())
                .put("running", each.running()));
    ObjectNode states = answer.putObject("processes");
    for (String each : processes.get().split(",", -1)) {
      String[] parts = each.split("=", 2);
      if (parts.length == 2) {
        states.put(parts[0], parts[1]);
      }
    }
    exchange.json(OK, answer);
  }

  private void letters(Exchange exchange) throws IOException {
    DeadLetters.Filter filter =
        new DeadLetters.Filter(exchange.query("type"), exchange.query("code"));
    DeadLetters.Page page =
        stores.queue().deadLetters().list(filter, exchange.query("cursor"), Api.limit(exchange));
    ObjectNode answer = Json.object();
    ArrayNode items = answer.putArray("items");
    page.items().forEach(each -> items.add(json(each)));
    answer.put("next", page.next().orElse(null));
    exchange.json(OK, answer);
  }

  private void letter(Exchange exchange) throws IOException {
    DeadLetters.Letter letter =
        stores.queue().deadLetters().show(job(exchange, "")).orElseThrow(AdminApi::unknown);
    exchange.json(OK, json(letter.job()).put("payload", letter.payload()));
  }

  private void delete(Exchange exchange) throws IOException {
    UUID job = job(exchange, "");
    if (!stores.queue().deadLetters().delete(job)) {
      throw unknown();
    }
    LOG.info("operator: dead letter {} is deleted", job);
    exchange.empty();
  }

  private void requeue(Exchange exchange) throws IOException {
    UUID job = job(exchange, REQUEUE);
    // why in this order: one that a record keeps is left to the record
    if (!stores.queue().deadLetters().requeue(job)) {
      Chat.Requeued done = stores.chat().requeue(job);
      switch (done) {
        case NEW_LIFE -> LOG.debug("{} was reopened in the record", job);
        case STILL_ENDING -> throw new HttpProblem(CONFLICT, "busy", "it is still ending");
        case NOT_FAILED -> throw unknown();
      }
    }
    LOG.info("operator: dead letter {} is requeued", job);
    exchange.json(OK, Json.object().put("id", job.toString()).put("state", "queued"));
  }

  private void kick(Exchange exchange) throws IOException {
    UUID user = Api.id(exchange, USERS, KICK, "not_found");
    house.hub().order(new Doorbell.Order.Kick(user));
    LOG.info("operator: user {} is kicked", user);
    exchange.json(OK, Json.object().put("user", user.toString()).put("kicked", true));
  }

  private static ObjectNode json(JobView view) {
    return JobsApi.json(view).put("user", view.user().map(UUID::toString).orElse(null));
  }

  private static UUID job(Exchange exchange, String after) {
    return Api.id(exchange, DEAD + "/", after, "job_unknown");
  }

  private static HttpProblem unknown() {
    return new HttpProblem(NOT_FOUND, "job_unknown", "no such dead letter");
  }
}
