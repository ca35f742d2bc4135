package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.QueueUnavailableException;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Whether the process runs, and whether it can do its work. */
final class Health {

  private static final UUID NOBODY = new UUID(0, 0);
  private static final Duration DEAF = Duration.ofSeconds(30);
  private static final Duration GONE = Duration.ofSeconds(35);
  private static final Pattern WORKER_RUNS = Pattern.compile("worker[^=,]*=running");
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
    Map<String, Supplier<Look>> looks = new LinkedHashMap<>();
    looks.put("redis", () -> new Look(true, "waiting " + stores.queue().stats().waiting()));
    looks.put(
        "postgres",
        () -> new Look(true, "answers " + stores.record().job(NOBODY, NOBODY).isEmpty()));
    looks.put("loops", this::loops);
    looks.put("workers", this::workers);
    boolean ready = true;
    for (Map.Entry<String, Supplier<Look>> each : looks.entrySet()) {
      Look seen = look(each.getValue());
      checks
          .addObject()
          .put("name", each.getKey())
          .put("ok", seen.ok())
          .put("detail", seen.detail());
      ready &= seen.ok();
    }
    body.put("ready", ready);
    exchange.json(ready ? OK : UNAVAILABLE, body);
  }

  /** What a look at one of the things that have to work has shown. */
  private record Look(boolean ok, String detail) {}

  private static Look look(Supplier<Look> at) {
    try {
      return at.get();
    } catch (QueueUnavailableException | RecordUnavailableException e) {
      return new Look(false, "does not answer");
    }
  }

  private Look loops() {
    boolean hears = hub.silence().compareTo(DEAF) < 0;
    return new Look(hears, hears ? "the doorbell hears" : "the doorbell is deaf");
  }

  /** Workers as the supervisor knows them, or as the queue does where nobody supervises. */
  private Look workers() {
    String supervised = processes.get();
    if (!supervised.isEmpty()) {
      return new Look(WORKER_RUNS.matcher(supervised).find(), supervised);
    }
    long seen =
        stores.queue().workers().stream().filter(it -> it.silent().compareTo(GONE) < 0).count();
    return new Look(seen > 0, seen + " seen");
  }
}
