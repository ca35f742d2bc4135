package io.grizz.launcher.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ConfigException;
import io.grizz.api.QueueUnavailableException;
import io.grizz.json.JsonFormatException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP listener: finds the route, and turns what goes wrong into an answer. */
final class HttpDoor {

  private static final Logger LOG = LoggerFactory.getLogger(HttpDoor.class);
  private static final long LOOK_MILLIS = 500;
  private static final int BACKLOG = 1024;
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 405;
  private static final int INTERNAL = 500;
  private static final int UNAVAILABLE = 503;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Route> routes;
  private final Manners manners;
  private final Set<TimedOutput> answers = ConcurrentHashMap.newKeySet();
  private final CountDownLatch ending = new CountDownLatch(1);
  private final Thread reaper =
      Thread.ofPlatform().name("grizz-stuck-answers").daemon().unstarted(this::reap);

  /** Answers one route; what it throws becomes a problem. */
  @FunctionalInterface
  interface Answer {
    void to(Exchange exchange) throws IOException;
  }

  /**
   * One route.
   *
   * @param path exact, or with one part that is {@code *}
   */
  record Route(String method, String path, Answer answer) {
    boolean fits(String given) {
      int star = path.indexOf('*');
      if (star < 0) {
        return path.equals(given);
      }
      String before = path.substring(0, star);
      String after = path.substring(star + 1);
      return given.length() > before.length() + after.length()
          && given.startsWith(before)
          && given.endsWith(after)
          && given.indexOf('/', before.length()) < 0 == after.isEmpty();
    }
  }

  /** How requests are treated, whatever their route. */
  record Manners(
      OriginRule origins, String contentPolicy, GatewayConfig config, Peers peers, Tally refused) {}

  HttpDoor(InetSocketAddress address, List<Route> routes, Manners manners) throws IOException {
    // why: before the first server of the process; off by default, and a slow client would hold it
    System.setProperty("sun.net.httpserver.maxReqTime", "30");
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty(
        "sun.net.httpserver.maxReqHeaderSize", String.valueOf(manners.config().limits().header()));
    System.setProperty(
        "jdk.httpserver.maxConnections",
        String.valueOf(manners.config().limits().connections().total()));
    this.server = HttpServer.create(address, BACKLOG);
    this.routes = List.copyOf(routes);
    this.manners = manners;
    server.setExecutor(threads);
    server.createContext("/", this::handle);
  }

  int port() {
    return server.getAddress().getPort();
  }

  void open() {
    server.start();
    reaper.start();
  }

  void shut() {
    ending.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange http) throws IOException {
    Exchange exchange =
        new Exchange(http, manners.config().limits().body(), manners.peers(), answers);
    try (http) {
      headers(exchange);
      if (exchange.method().equals("OPTIONS")) {
        exchange.empty();
      } else {
        answer(exchange);
      }
    }
  }

  /** Ends answers whose clients take nothing. */
  private void reap() {
    long longest = manners.config().delivery().stuck().toNanos();
    try {
      while (!ending.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        long now = System.nanoTime();
        answers.forEach(each -> each.endIfStuck(now, longest));
      }
    } catch (InterruptedException e) {
      LOG.debug("interrupted, and ends");
    }
  }

  private void answer(Exchange exchange) throws IOException {
    try {
      route(exchange).answer().to(exchange);
    } catch (HttpProblem e) {
      refuse(exchange, e);
    } catch (JsonFormatException e) {
      String code = e.field().isEmpty() ? "bad_json" : "bad_field";
      refuse(exchange, new HttpProblem(BAD_REQUEST, code, String.valueOf(e.getMessage())));
    } catch (ConfigException e) {
      // why: a job checks itself as a config record does
      refuse(exchange, new HttpProblem(BAD_REQUEST, "bad_field", String.valueOf(e.getMessage())));
    } catch (QueueUnavailableException | RecordUnavailableException e) {
      exchange.set("Retry-After", "1");
      refuse(exchange, new HttpProblem(UNAVAILABLE, "overloaded", "a store does not answer"));
    } catch (RuntimeException e) {
      // why: the one catch-all of a request's thread
      LOG.error("{} {} failed", exchange.method(), exchange.path(), e);
      refuse(exchange, new HttpProblem(INTERNAL, "internal", "internal"));
    }
  }

  private void refuse(Exchange exchange, HttpProblem problem) throws IOException {
    manners.refused().count(problem.code());
    exchange.problem(problem);
  }

  private Route route(Exchange exchange) {
    List<Route> here = routes.stream().filter(each -> each.fits(exchange.path())).toList();
    if (here.isEmpty()) {
      throw new HttpProblem(NOT_FOUND, "not_found", "no such page");
    }
    String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
    return here.stream()
        .filter(each -> each.method().equals(method))
        .findFirst()
        .orElseThrow(() -> {
          exchange.set("Allow", String.join(", ", here.stream().map(Route::method).toList()));
          return new HttpProblem(NOT_ALLOWED, "bad_type", "not this method");
        });
  }

  private void headers(Exchange exchange) {
    exchange.set("X-Content-Type-Options", "nosniff");
    exchange.set("Referrer-Policy", "no-referrer");
    exchange.set("Content-Security-Policy", manners.contentPolicy());
    exchange.set("Cache-Control", "no-store");
    exchange
        .header("Origin")
        .filter(manners.origins()::allows)
        .ifPresent(origin -> {
          exchange.set("Access-Control-Allow-Origin", origin);
          exchange.set(
              "Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID");
          exchange.set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE");
          exchange.set("Vary", "Origin");
        });
  }
}
