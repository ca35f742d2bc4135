package io.grizz.launcher.gateway;

import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.HttpDoor.Route;
import io.grizz.launcher.gateway.Watched.Cursor;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/** A job's events over HTTP, for whoever cannot or will not speak WebSocket. */
final class EventsApi {

  private static final String BEFORE = "/v1/jobs/";
  private static final String AFTER = "/events";
  private static final String TYPE = "text/event-stream";
  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int TOO_MANY = 429;
  private static final int UNAVAILABLE = 503;

  private final House house;

  EventsApi(House house) {
    this.house = house;
  }

  List<Route> routes(Api api) {
    return List.of(new Route("GET", BEFORE + "*" + AFTER, api.admitted(this::events)));
  }

  private void events(Session session, Exchange exchange) throws IOException {
    UUID job = Api.id(exchange, BEFORE, AFTER, "job_unknown");
    Cursor cursor = cursor(exchange);
    if (!Watched.allowed(house.stores(), session.user(), job)) {
      throw new HttpProblem(NOT_FOUND, "job_unknown", "no such job");
    }
    if (exchange.method().equals("HEAD")) {
      exchange.send(OK, TYPE, new byte[0]);
      return;
    }
    Hub hub = house.hub();
    if (hub.drains()) {
      throw later(exchange, UNAVAILABLE, "overloaded", "this process goes away");
    }
    JobStream stream = new JobStream(house, session, job, cursor);
    if (!hub.enter(session.user(), stream)) {
      throw later(exchange, TOO_MANY, "rate_limited", "too many connections");
    }
    try {
      hub.follow(session.user());
      write(stream, exchange);
    } finally {
      hub.leave(session.user(), stream);
    }
  }

  private static void write(JobStream stream, Exchange exchange) throws IOException {
    exchange.set("X-Accel-Buffering", "no"); // a proxy must not keep events back
    exchange.stream(
        TYPE,
        out -> {
          try {
            stream.writeTo(out);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static Cursor cursor(Exchange exchange) {
    String text =
        exchange
            .header("Last-Event-ID")
            .filter(it -> !it.isEmpty())
            .or(() -> exchange.query("after"))
            .orElse("0");
    if (!text.matches("\\d{1,18}")) {
      throw new HttpProblem(BAD_REQUEST, "bad_field", "after must be the number of an event");
    }
    return new Cursor(null, Long.parseLong(text));
  }

  private static HttpProblem later(Exchange exchange, int status, String code, String message) {
    exchange.set("Retry-After", "1");
    return new HttpProblem(status, code, message);
  }
}
