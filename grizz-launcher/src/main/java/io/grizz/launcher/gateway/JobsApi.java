package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.Job;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.Priority;
import io.grizz.api.Receipt;
import io.grizz.chat.Frames;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.json.JsonFormatException;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** Jobs over HTTP: enqueue a type that is allowed, look at one's own, cancel it. */
final class JobsApi {

  private static final String PATH = "/v1/jobs";
  private static final String LOG = "log";
  private static final int OK = 200;
  private static final int ACCEPTED = 202;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int TOO_MANY = 429;
  private static final int UNAVAILABLE = 503;
  private static final int LONGEST_NAME = 64;

  private final House house;
  private final Stores stores;

  JobsApi(House house) {
    this.house = house;
    this.stores = house.stores();
  }

  List<Route> routes(Api api) {
    return List.of(
        new Route("POST", PATH, api.known(this::enqueue)),
        new Route("GET", PATH + "/*", api.known(this::show)),
        new Route("DELETE", PATH + "/*", api.known(this::cancel)));
  }

  private void enqueue(UUID user, Exchange exchange) throws IOException {
    Fields body = Json.fields(exchange.body());
    String type = body.text("type", LONGEST_NAME);
    if (!house.config().offer().jobTypes().contains(type)) {
      throw new HttpProblem(FORBIDDEN, "forbidden", "this type is not offered");
    }
    Job job =
        Job.of(house.ids().get(), type, Json.write(body.object().path("payload")))
            .with(new Job.Sender(Optional.of(user), body.text("idempotency_key"), priority(body)))
            .with(new Job.Schedule(instant(body, "run_at"), instant(body, "expires_at")))
            .with(Job.Output.streaming(LOG)); // or nobody could be told how it goes
    requireTurn(user, job, exchange);
    switch (stores.queue().enqueue(job)) {
      case Receipt.Accepted accepted -> exchange.json(ACCEPTED, state(job.id(), "queued"));
      case Receipt.Duplicate(UUID id, JobState state) ->
          exchange.json(OK, state(id, Frames.state(state)));
      case Receipt.Conflict conflict ->
          throw new HttpProblem(CONFLICT, "idempotency_conflict", "another job has this key");
      case Receipt.Overloaded(long waiting, Duration retryAfter) -> {
        exchange.retryAfter(retryAfter);
        throw new HttpProblem(UNAVAILABLE, "overloaded", "too many jobs wait");
      }
    }
  }

  /** Jobs count as messages do, so that one way in cannot be used around the other. */
  private void requireTurn(UUID user, Job job, Exchange exchange) {
    long pause = house.hub().pause(user, job.sender().priority());
    if (pause > 0) {
      exchange.retryAfter(Duration.ofMillis(pause));
      throw new HttpProblem(TOO_MANY, "rate_limited", "too many jobs");
    }
  }

  private void show(UUID user, Exchange exchange) throws IOException {
    UUID id = Api.id(exchange, PATH + "/", "", "job_unknown");
    Optional<JobView> view = stores.queue().find(id).filter(it -> isOf(user, it));
    if (view.isPresent()) {
      exchange.json(OK, json(view.get()));
      return;
    }
    JobState state = stores.record().job(user, id).orElseThrow(JobsApi::unknown).state();
    exchange.json(OK, state(id, Frames.state(state)));
  }

  private void cancel(UUID user, Exchange exchange) throws IOException {
    UUID id = Api.id(exchange, PATH + "/", "", "job_unknown");
    if (!stores.cancel(user, id)) {
      throw unknown();
    }
    show(user, exchange);
  }

  private static boolean isOf(UUID user, JobView view) {
    return view.user().map(user::equals).orElse(false);
  }

  private static HttpProblem unknown() {
    return new HttpProblem(NOT_FOUND, "job_unknown", "no such job");
  }

  static ObjectNode json(JobView view) {
    ObjectNode json = state(view.id(), Frames.state(view.state())).put("type", view.type());
    json.putObject("counters")
        .put("attempts", view.counters().attempts())
        .put("crashes", view.counters().crashes())
        .put("snoozes", view.counters().snoozes())
        .put("interruptions", view.counters().interruptions());
    json.put("created_at", view.times().enqueuedAt().toString());
    json.put("due_at", view.times().dueAt().map(Instant::toString).orElse(null));
    json.put("started_at", view.times().startedAt().map(Instant::toString).orElse(null));
    json.put("ended_at", view.times().endedAt().map(Instant::toString).orElse(null));
    json.put("reason", view.reason().orElse(null));
    view.result().ifPresent(result -> json.set("result", result(result)));
    return json;
  }

  private static JsonNode result(String text) {
    try {
      return Json.tree(text);
    } catch (JsonFormatException e) {
      // why: a handler may return any text
      return Json.object().textNode(text);
    }
  }

  private static ObjectNode state(UUID id, String state) {
    return Json.object().put("id", id.toString()).put("state", state);
  }

  private static Priority priority(Fields body) {
    String name = body.text("priority").orElse("normal");
    return switch (name) {
      case "high", "normal", "low" -> Priority.valueOf(name.toUpperCase(Locale.ROOT));
      default -> throw body.error("priority", "must be high, normal or low");
    };
  }

  private static Optional<Instant> instant(Fields body, String field) {
    try {
      return body.text(field).map(Instant::parse);
    } catch (DateTimeException e) {
      throw body.error(field, "must be an instant like 2026-01-31T09:00:00Z");
    }
  }
}
