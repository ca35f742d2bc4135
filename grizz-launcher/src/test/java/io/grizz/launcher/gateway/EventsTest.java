package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.GatewayConfig.Connections;
import io.grizz.launcher.gateway.GatewayConfig.Delivery;
import io.grizz.launcher.gateway.GatewayConfig.Patience;
import io.grizz.launcher.offline.OfflineAnswer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** A job's events over HTTP, as a reader of server-sent events sees them. */
@Timeout(60)
@ExtendWith(SharedGrizz.class)
@SharedGrizz.Pace(100)
class EventsTest {

  private static final Patience SOON_ALIVE =
      new Patience(
          Duration.ofSeconds(5),
          Duration.ofMinutes(15),
          Duration.ofMillis(100),
          Duration.ofSeconds(30),
          Duration.ofMinutes(30));

  private final UUID user = UUID.randomUUID();
  private final RunningGrizz running;
  private final HttpClient http;

  /** One event, whose {@code id} is the number in its frame. */
  private record Event(long id, JsonNode frame) {
    String type() {
      return frame.path("t").asText();
    }
  }

  EventsTest(RunningGrizz running, HttpClient http) {
    this.running = running;
    this.http = http;
  }

  @Test
  void wholeAnswerStreamsWithContiguousIdsAndEnds() throws Exception {
    String job = ask("/words 100");
    HttpResponse<Stream<String>> response = get(job, "?after=0");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
    List<Event> events = rest(response);
    contiguous(events, 1);
    assertThat(events.getLast().type()).isEqualTo("done");
    assertThat(text(events)).isEqualTo(OfflineAnswer.to("/words 100", 0));
  }

  @Test
  void lastEventIdContinuesWithoutLossOrRepetitionAndWinsOverAfter() throws Exception {
    String job = ask("/words 300");
    List<Event> events = new ArrayList<>();
    try (Stream<String> lines = get(job, "").body()) {
      Iterator<String> each = lines.iterator();
      while (events.size() < 20) {
        add(events, each.next(), each);
      }
    }
    String last = String.valueOf(events.getLast().id());
    List<Event> others = rest(get(job, "?after=3", "Last-Event-ID", last));
    assertThat(others.size()).isGreaterThan(2);
    events.addAll(others);
    contiguous(events, 1);
    assertThat(text(events)).isEqualTo(OfflineAnswer.to("/words 300", 0));
  }

  @Test
  void endedJobIsToldAsAWholeWhereverItsReaderStopped() throws Exception {
    String job = ask("/words 20");
    rest(get(job, ""));
    for (String after : List.of("", "?after=7", "?after=1000")) {
      List<Event> events = rest(get(job, after));
      assertThat(events).extracting(Event::type).containsExactly("snap", "done");
      contiguous(events, events.getFirst().id());
      assertThat(text(events)).isEqualTo(OfflineAnswer.to("/words 20", 0));
    }
  }

  @Test
  void jobWithoutAnAnswerEndsItsStreamWhenItIsCancelled() throws Exception {
    int port = FreePorts.pair();
    String job = enqueue();
    try (Gateway gateway = running.another(oneEach(port))) {
      List<Event> events = new ArrayList<>();
      try (Stream<String> lines = get(port, job).body()) {
        Iterator<String> each = lines.iterator();
        while (events.isEmpty()) {
          add(events, each.next(), each);
        }
        HttpRequest cancel = request(port, "/v1/jobs/" + job).DELETE().build();
        assertThat(http.send(cancel, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
        each.forEachRemaining(line -> add(events, line, each));
      }
      assertThat(events)
          .as(gateway.toString())
          .extracting(Event::type)
          .containsExactly("job", "cancelled");
      contiguous(events, 1);
      assertThat(rest(get(port, job))).extracting(Event::type).containsExactly("snap", "cancelled");
    }
  }

  @Test
  void somebodyElsesJobIsAsUnknownAsNone() throws Exception {
    String job = enqueue();
    HttpRequest.Builder stranger =
        HttpRequest.newBuilder(running.http("/v1/jobs/" + job + "/events"))
            .header("Authorization", "Bearer " + running.token(UUID.randomUUID()));
    problem(stranger, 404, "job_unknown");
    String none = "/v1/jobs/" + UUID.randomUUID() + "/events";
    problem(request(running.port, none), 404, "job_unknown");
    problem(request(running.port, "/v1/jobs/x/events"), 404, "job_unknown");
  }

  @Test
  void withoutATokenNothingIsTold() throws Exception {
    URI uri = running.http("/v1/jobs/" + enqueue() + "/events");
    problem(HttpRequest.newBuilder(uri), 401, "unauthenticated");
  }

  @Test
  void placeThatIsNoNumberIsRefused() throws Exception {
    String path = "/v1/jobs/" + enqueue() + "/events";
    problem(request(running.port, path + "?after=soon"), 400, "bad_field");
    problem(request(running.port, path).header("Last-Event-ID", "-1"), 400, "bad_field");
  }

  @Test
  void streamEndsWhenItsTokenDoes() throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    int port = FreePorts.pair();
    Stores stores = new Stores(running.grizz.queue(), running.chats.record(), running.chats.chat());
    Gateway.Means means = Gateway.Means.alone(now::get, running.grizz::newId);
    try (Gateway gateway = Gateway.open(oneEach(port), stores, means);
        Stream<String> lines = get(port, enqueue()).body()) {
      Iterator<String> each = lines.iterator();
      List<Event> events = new ArrayList<>();
      while (events.isEmpty()) {
        add(events, each.next(), each);
      }
      assertThat(each.next()).isEmpty();
      assertThat(each.next()).as(gateway.toString()).isEqualTo(":");
      now.updateAndGet(it -> it.plus(Duration.ofHours(2)));
      each.forEachRemaining(line -> assertThat(line).isIn(":", ""));
    }
  }

  @Test
  void readerWhoVanishesGivesUpItsPlaceAmongTheUsersConnections() throws Exception {
    int port = FreePorts.pair();
    String job = enqueue();
    try (Gateway gateway = running.another(oneEach(port))) {
      try (Stream<String> lines = get(port, job).body()) {
        assertThat(lines.filter(it -> it.startsWith(":")).findFirst()).as("alive").isPresent();
        problem(request(port, "/v1/jobs/" + job + "/events"), 429, "rate_limited");
      }
      await().until(() -> status(port, job) == 200);
      assertThat(gateway).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"out:", "*"})
  void recordedAnswerIsToldWhenItsLogIsGone_aloneOrWithAllElse(String keys) throws Exception {
    String job = ask("/words 20");
    List<Event> live = rest(get(job, ""));
    try (Jedis redis = new Jedis(running.redis.uri())) {
      assertThat(redis.keys("grizz:{grizz}:" + keys + job + "*"))
          .isNotEmpty()
          .allMatch(it -> redis.del(it) == 1);
    }
    List<Event> events = rest(get(job, "?after=3"));
    assertThat(events).extracting(Event::type).containsExactly("snap", "done");
    contiguous(events, 4);
    assertThat(text(events)).isEqualTo(OfflineAnswer.to("/words 20", 0));
    assertThat(events.getLast().frame().path("message"))
        .isEqualTo(live.getLast().frame().path("message"));
  }

  @Test
  void readerWhoTakesNothingIsHungUpOn() throws Exception {
    Delivery impatient =
        new Delivery(64 << 10, 256 << 10, 1 << 20, 64 << 20, Duration.ofSeconds(1), Duration.ZERO);
    try (GatewayByHand hand = new GatewayByHand(running, it -> it.with(impatient));
        RawSocket socket = RawSocket.narrow(hand.port)) {
      GatewayByHand.Answer answer = hand.begin(user);
      socket.say(
          "GET /v1/jobs/%s/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n"
              .formatted(answer.job(), running.token(user)));
      await().until(() -> hand.standing().connections() == 1);
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> {
            answer.say("x".repeat(60_000));
            return hand.standing().connections() == 0;
          });
      answer.end();
    }
  }

  @Test
  void drainEndsStreamsAndSaysWhenToComeBack() throws Exception {
    int port = FreePorts.pair();
    String job = enqueue();
    try (Gateway gateway = running.another(RunningGrizz.config(port));
        Stream<String> lines = get(port, job).body()) {
      gateway.drain();
      assertThat(lines.toList()).anyMatch(it -> it.matches("retry: \\d{1,4}"));
      problem(request(port, "/v1/jobs/" + job + "/events"), 503, "overloaded");
    }
  }

  private static GatewayConfig oneEach(int port) {
    GatewayConfig.Limits limits =
        RunningGrizz.LIMITS.with(new Connections(1, 2_000, 10_000, 1_000)).with(SOON_ALIVE);
    return RunningGrizz.config(port, List.of(), RunningGrizz.AUTH, limits);
  }

  private int status(int port, String job) throws Exception {
    HttpResponse<Stream<String>> response = get(port, job);
    response.body().close();
    return response.statusCode();
  }

  private String ask(String text) {
    try (RawClient client = RawClient.connect(running.ws(), running.token(user))) {
      String send =
          "{\"t\":\"send\",\"id\":\"s\",\"msg\":\"%s\",\"text\":\"%s\"}"
              .formatted(UUID.randomUUID(), text);
      return client.ask("s", send).path("job").asText();
    }
  }

  /** A job that nobody takes. */
  private String enqueue() throws Exception {
    HttpRequest request =
        request(running.port, "/v1/jobs")
            .POST(BodyPublishers.ofString("{\"type\":\"greet\",\"payload\":{}}"))
            .build();
    return Json.tree(http.send(request, BodyHandlers.ofString()).body()).path("id").asText();
  }

  private HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .header("Authorization", "Bearer " + running.token(user));
  }

  private HttpResponse<Stream<String>> get(int port, String job) throws Exception {
    HttpRequest request = request(port, "/v1/jobs/" + job + "/events").build();
    return http.send(request, BodyHandlers.ofLines());
  }

  private HttpResponse<Stream<String>> get(String job, String query, String... headers)
      throws Exception {
    HttpRequest.Builder request = request(running.port, "/v1/jobs/" + job + "/events" + query);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofLines());
  }

  private void problem(HttpRequest.Builder request, int status, String code)
      throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(Json.tree(response.body()).path("code").asText()).isEqualTo(code);
  }

  /** All events until the server ends the stream. */
  private static List<Event> rest(HttpResponse<Stream<String>> response) {
    List<Event> events = new ArrayList<>();
    try (Stream<String> lines = response.body()) {
      Iterator<String> each = lines.iterator();
      while (each.hasNext()) {
        add(events, each.next(), each);
      }
    }
    return events;
  }

  private static void add(List<Event> events, String line, Iterator<String> lines) {
    if (line.startsWith("id: ")) {
      String data = lines.next();
      assertThat(data).startsWith("data: ");
      Event event = new Event(Long.parseLong(line.substring(4)), Json.tree(data.substring(6)));
      assertThat(event.frame().path("seq").asLong()).isEqualTo(event.id());
      events.add(event);
    }
  }

  private static void contiguous(List<Event> events, long first) {
    List<Long> ids = Stream.iterate(first, it -> it + 1).limit(events.size()).toList();
    assertThat(events).extracting(Event::id).isEqualTo(ids);
  }

  private static String text(List<Event> events) {
    StringBuilder text = new StringBuilder();
    for (Event event : events) {
      text.append(event.frame().path("d").asText()).append(event.frame().path("text").asText());
    }
    return text.toString();
  }
}
