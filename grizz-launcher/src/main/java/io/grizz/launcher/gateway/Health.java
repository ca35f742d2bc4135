package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.QueueUnavailableException;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** Whether the process runs, and whether it can do its work. */
final class Health {

  private static final UUID NOBODY = new UUID(0, 0);
  private static final Duration DEAF = Duration.ofSeconds(30);
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;

  private final Stores stores;
  private final Hub hub;
  private final Supplier<String> processes;

  /**
   * @param processes what the supervisor says of the others, one {@code name=state} after the
   *     other; empty when nobody supervises
   */
  Health(Stores stores, Hub hub, Supplier<String> processes) {
    this.stores = stores;
    this.hub = hub;
    this.processes = processes;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/healthz", it -> it.json(OK, Json.object().put("status", "running"))),
        new Route("GET", "/readyz", this::ready));
  }

  private void ready(Exchange exchange) throws IOException {
    ObjectNode body = Json.object();
    ArrayNode checks = body.putArray("checks");
    boolean redis = check(checks, "redis", () -> "waiting " + stores.queue().stats().waiting());
    boolean postgres =
        check(checks, "postgres", () -> "answers " + stores.record().job(NOBODY, NOBODY).isEmpty());
    boolean hears = hub.silence().compareTo(DEAF) < 0;
    add(checks, "loops", hears, hears ? "the doorbell hears" : "the doorbell is deaf");
    String others = processes.get();
    boolean workers = others.isEmpty() || others.contains("=running");
    add(checks, "workers", workers, others.isEmpty() ? "not supervised" : others);
    boolean ready = redis && postgres && hears && workers;
    body.put("ready", ready);
    exchange.json(ready ? OK : UNAVAILABLE, body);
  }

  private static boolean check(ArrayNode checks, String name, Supplier<String> look) {
    try {
      add(checks, name, true, look.get());
      return true;
    } catch (QueueUnavailableException | RecordUnavailableException e) {
      add(checks, name, false, "does not answer");
      return false;
    }
  }

  private static void add(ArrayNode checks, String name, boolean ok, String detail) {
    checks.addObject().put("name", name).put("ok", ok).put("detail", detail);
  }
}
