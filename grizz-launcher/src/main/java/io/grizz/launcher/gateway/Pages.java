package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.HttpDoor.Route;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** What needs no token: the pages, their parts, and how to get in. */
final class Pages {

  private static final Duration DEV_TOKEN = Duration.ofHours(12);
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  /** One page of the web, or a part of one. */
  private record Page(String path, String file, String type) {
    Page(String path, String type) {
      this(path, path, type);
    }
  }

  private static final List<Page> PAGES =
      List.of(
          new Page("/", "/index.html", HTML),
          new Page("/chat.css", CSS),
          new Page("/chat.js", SCRIPT),
          new Page("/client.js", SCRIPT),
          new Page("/markdown.js", SCRIPT),
          new Page("/dashboard", "/dashboard.html", HTML),
          new Page("/dashboard.css", CSS),
          new Page("/dashboard.js", SCRIPT),
          new Page("/favicon.svg", "image/svg+xml"));

  private final GatewayConfig config;
  private final Tokens tokens;
  private final OriginRule origins;
  private final InstantSource clock;

  Pages(GatewayConfig config, Tokens tokens, OriginRule origins, InstantSource clock) {
    this.config = config;
    this.tokens = tokens;
    this.origins = origins;
    this.clock = clock;
  }

  List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    PAGES.forEach(page -> routes.add(new Route("GET", page.path(), it -> show(page, it))));
    routes.add(new Route("GET", "/client-config", this::clientConfig));
    routes.add(new Route("POST", "/dev/token", this::devToken));
    return routes;
  }

  private static void show(Page page, Exchange exchange) throws IOException {
    try (InputStream in = Pages.class.getResourceAsStream("/web" + page.file())) {
      if (in == null) {
        throw new HttpProblem(NOT_FOUND, "not_found", "no such page");
      }
      exchange.set("Cache-Control", "no-cache");
      exchange.send(OK, page.type(), in.readAllBytes());
    }
  }

  private void clientConfig(Exchange exchange) throws IOException {
    ObjectNode body = Json.object();
    body.put("ws", webSocket(exchange.header("Host").orElse("")));
    ObjectNode login = body.putObject("login");
    if (config.auth().generated()) {
      login.put("kind", "dev").put("url", "/dev/token");
    } else {
      login.put("kind", "token");
    }
    body.put("offline_model", config.offer().offlineModel());
    exchange.json(OK, body);
  }

  /** Where the WebSocket is, seen from a browser that found us under {@code host}. */
  private String webSocket(String host) {
    GatewayConfig.Address address = config.address();
    String found = host.replaceFirst(":\\d+$", "");
    // why: a content policy cannot name the address
    String name = found.equals("[::1]") ? "localhost" : found;
    boolean plain = name.matches("[A-Za-z0-9.-]{1,253}|\\[[0-9a-fA-F:]{2,45}]");
    return address
        .publicWs()
        .orElseGet(() ->
            "ws://"
                + (plain ? name : address.hostInUrl())
                + ":"
                + address.webSocketPort()
                + "/v1/ws");
  }

  /** Under all four conditions, or as if it were not there. */
  private void devToken(Exchange exchange) throws IOException {
    boolean named =
        exchange.header("Host").map(origins::localHost).orElse(false)
            && exchange.header("Origin").map(origins::local).orElse(true);
    if (!config.auth().generated()
        || !config.address().loopback()
        || !exchange.peer().loopback()
        || !named) {
      throw new HttpProblem(NOT_FOUND, "not_found", "no such page");
    }
    String body = exchange.body();
    Fields wish = Json.fields(body.isBlank() ? "{}" : body);
    UUID user = wish.uuid("user").orElseGet(UUID::randomUUID);
    exchange.json(
        OK,
        Json.object()
            .put("token", tokens.issue(user, DEV_TOKEN))
            .put("user", user.toString())
            .put("exp", clock.instant().plus(DEV_TOKEN).getEpochSecond()));
  }
}
