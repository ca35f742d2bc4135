package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.ChatRecord;
import io.grizz.api.Ledger;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a user has used, by days of UTC, and what is left of this one. */
final class UsageApi {

  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int DAYS = 30;
  private static final int MOST_DAYS = 366;
  private static final double MICROS = 1e6;

  private final ChatRecord record;
  private final InstantSource clock;

  UsageApi(ChatRecord record, InstantSource clock) {
    this.record = record;
    this.clock = clock;
  }

  List<Route> routes(Api api) {
    return List.of(new Route("GET", "/api/usage", api.known(this::usage)));
  }

  private void usage(UUID user, Exchange exchange) throws IOException {
    LocalDate to =
        day(exchange, "to").orElseGet(() -> LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
    LocalDate from = day(exchange, "from").orElseGet(() -> to.minusDays(DAYS - 1L));
    Ledger ledger = record.ledger();
    ObjectNode answer = Json.object();
    ArrayNode items = answer.putArray("items");
    ledger.days(Optional.of(user), from, to, MOST_DAYS).forEach(day -> items.add(json(day)));
    Optional<Ledger.Allowance> left = ledger.allowance(user);
    if (left.isPresent()) {
      ObjectNode today = answer.putObject("left_today");
      left.get().tokens().ifPresent(it -> today.put("tokens", it));
      left.get().costMicros().ifPresent(it -> today.put("cost_usd", it / MICROS));
    } else {
      answer.putNull("left_today");
    }
    exchange.json(OK, answer);
  }

  private static ObjectNode json(Ledger.Day day) {
    return Json.object()
        .put("day", day.day().toString())
        .put("runs", day.runs())
        .put("estimated", day.estimated())
        .put("in", day.tokens().input())
        .put("out", day.tokens().output())
        .put("cached", day.tokens().cached())
        .put("cost_usd", day.costMicros() / MICROS);
  }

  private static Optional<LocalDate> day(Exchange exchange, String name) {
    try {
      return exchange.query(name).map(LocalDate::parse);
    } catch (DateTimeException e) {
      throw new HttpProblem(BAD_REQUEST, "bad_field", name + " must be a day like 2026-01-31");
    }
  }
}
