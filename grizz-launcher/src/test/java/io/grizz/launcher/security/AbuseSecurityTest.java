package io.grizz.launcher.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Json;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.RawSocket.Closed;
import io.grizz.launcher.gateway.Gateway;
import io.grizz.launcher.gateway.GatewayByHand;
import io.grizz.launcher.gateway.GatewayConfig;
import io.grizz.launcher.gateway.GatewayConfig.Rates;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.gateway.SharedGrizz;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** S28 to S34: too much of everything. */
@ExtendWith(SharedGrizz.class)
@Isolated("measures the heap")
class AbuseSecurityTest {

  private static final int FLOODING = 4503;
  private static final int SLOW = 4008;

  private final UUID user = UUID.randomUUID();
  private final RunningGrizz grizz;

  AbuseSecurityTest(RunningGrizz grizz) {
    this.grizz = grizz;
  }

  @Test
  void S28_sixtyFirstMessageOfAMinuteIsTurnedAway_andWhoGoesOnIsClosed() {
    try (RawClient client = client(user)) {
      ObjectNode frame = Json.object().put("t", "send").put("text", "a");
      frame.put("msg", UUID.randomUUID().toString());
      for (int i = 1; i <= 72; i++) {
        client.send(Json.write(frame.put("id", String.valueOf(i))));
      }
      assertThat(client.closeCode()).isEqualTo(FLOODING);
      assertThat(client.frames("ok")).hasSize(60);
      List<JsonNode> limited =
          client.frames("err").stream()
              .filter(it -> it.path("code").asText().equals("rate_limited"))
              .toList();
      assertThat(limited)
          .hasSizeGreaterThanOrEqualTo(10)
          .allMatch(it -> it.path("retry_ms").asInt() > 0 && it.path("retryable").asBoolean());
    }
  }

  @Test
  void S29_watchingHasALimitOfItsOwn() throws Exception {
    int port = FreePorts.pair();
    GatewayConfig config =
        RunningGrizz.config(port).with(RunningGrizz.LIMITS.with(new Rates(60, 120, 3, 10)));
    URI uri = URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
    try (Gateway gateway = grizz.another(config);
        RawClient client = RawClient.connect(uri, grizz.token(user))) {
      assertThat(gateway).isNotNull();
      ObjectNode watch = Json.object().put("t", "watch").put("job", UUID.randomUUID().toString());
      List<String> codes = new ArrayList<>();
      for (String id : List.of("1", "2", "3", "4")) {
        codes.add(client.ask(id, Json.write(watch.put("id", id))).path("code").asText());
      }
      assertThat(codes)
          .containsExactly("job_unknown", "job_unknown", "job_unknown", "rate_limited");
      ObjectNode send = Json.object().put("t", "send").put("id", "5").put("text", "hi");
      send.put("msg", UUID.randomUUID().toString());
      assertThat(client.ask("5", Json.write(send)).path("t").asText()).isEqualTo("ok");
    }
  }

  @Test
  void S29_hundredWatchesOrCancelsAtOnceAreTooMany_asGrizzComes() {
    for (String type : List.of("watch", "cancel")) {
      try (RawClient client = client(UUID.randomUUID())) {
        ObjectNode frame = Json.object().put("t", type).put("job", UUID.randomUUID().toString());
        for (int i = 1; i <= 100; i++) {
          client.send(Json.write(frame.put("id", String.valueOf(i))));
        }
        await().until(() -> client.frames("err").size() == 100);
        List<String> codes =
            client.frames("err").stream().map(it -> it.path("code").asText()).toList();
        assertThat(codes).contains("job_unknown", "rate_limited");
        assertThat(codes.subList(0, 60)).containsOnly("job_unknown");
        // why not forty: a slow machine takes a moment, and each gives some back
        assertThat(codes.stream().filter("rate_limited"::equals)).hasSizeGreaterThan(10);
      }
    }
  }

  @Test
  void S30_whatIsTooLongTooDeepOrTwiceThereIsRefused() {
    String deep = "{\"t\":\"ping\",\"x\":" + "[".repeat(40) + "]".repeat(40) + "}";
    try (RawClient client = client(user)) {
      assertThat(Talk.refused(client, "a".repeat(32_001), it -> {})).isEqualTo("bad_field");
      assertThat(
              Talk.refused(
                  client,
                  "a",
                  it -> {
                    for (int i = 0; i < 9; i++) {
                      it.withArray("files").addObject().put("url", "https://a.example/" + i);
                    }
                  }))
          .isEqualTo("bad_field");
      assertThat(Talk.refused(client, "a", it -> it.putObject("opts").put("temperature", 1e308)))
          .isEqualTo("bad_field");
      List<String> noJson =
          List.of(
              deep,
              "{\"t\":\"ping\",\"t\":\"ping\"}",
              "{\"t\":\"ping\",\"ts\":1e999}",
              "{\"t\":\"ping\",\"ts\":" + "9".repeat(500) + "}",
              "{\"t\":\"ping\",\"ts\":" + "9".repeat(310) + "}",
              "{\"t\":\"ping\"} {}");
      noJson.forEach(client::send);
      await().until(() -> client.frames("err").size() == 3 + noJson.size());
      assertThat(client.frames("err").subList(3, 3 + noJson.size()))
          .allMatch(it -> it.path("code").asText().equals("bad_json"));
      assertThat(client.frames("pong")).isEmpty();
    }
  }

  @Test
  void S31_heartbeatIsNoMessage() {
    try (RawClient client = client(user)) {
      // why: hello would be one more than the 200 frames that may wait on a slow machine
      await().until(() -> client.frames("welcome").size() == 1);
      for (int i = 0; i < 200; i++) {
        client.send("{\"t\":\"ping\",\"ts\":" + i + ",\"text\":\"hi\",\"msg\":\"" + user + "\"}");
      }
      await().until(() -> client.frames("pong").size() == 200);
      assertThat(client.frames()).as("welcome, and the pongs").hasSize(201);
      assertThat(Counts.rows(grizz, user)).isZero();
    }
  }

  @Test
  void S32_noMoreJobsAreOpenThanOneMayHave_whateverIsSentAtOnce() throws Exception {
    int most = RunningGrizz.LIMITS.inFlight();
    List<RawClient> clients = new ArrayList<>();
    List<String> codes = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < RunningGrizz.LIMITS.connections().perUser(); i++) {
        clients.add(client(user));
      }
      CountDownLatch go = new CountDownLatch(1);
      List<Future<JsonNode>> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        RawClient client = clients.get(i % clients.size());
        answers.add(
            threads.submit(() -> {
              go.await();
              return Talk.send(client, "/words 400", it -> {});
            }));
      }
      go.countDown();
      for (Future<JsonNode> answer : answers) {
        codes.add(answer.get(20, TimeUnit.SECONDS).path("code").asText("ok"));
      }
    } finally {
      clients.forEach(RawClient::close);
    }
    assertThat(codes.stream().filter("ok"::equals)).hasSize(most);
    assertThat(codes.stream().filter("rate_limited"::equals)).hasSize(50 - most);
  }

  @Test
  void S33_whoReadsNothingIsClosed_andCostsOthersNothing() throws Exception {
    UUID stranger = UUID.randomUUID();
    List<RawSocket> slow = new ArrayList<>();
    try (GatewayByHand hand = new GatewayByHand(grizz);
        RawSocket other = welcomed(hand, RawSocket.to(hand.wsPort()), stranger)) {
      GatewayByHand.Answer flood = hand.begin(user);
      GatewayByHand.Answer calm = hand.begin(stranger);
      for (int i = 0; i < RunningGrizz.LIMITS.connections().perUser(); i++) {
        RawSocket socket = welcomed(hand, RawSocket.narrow(hand.wsPort()), user);
        slow.add(socket.send(watch(flood)));
      }
      other.send(watch(calm));
      long before = usedHeap();
      List<Duration> delays = new ArrayList<>();
      for (int i = 0; i < 150; i++) {
        flood.say("x".repeat(60_000));
        long began = System.nanoTime();
        calm.say("mark " + i + ".");
        readUntil(other, "mark " + i + ".");
        delays.add(Duration.ofNanos(System.nanoTime() - began));
      }
      // why: nine megabytes for each of them, if they were kept
      assertThat(usedHeap() - before).as("heap").isLessThan(16L * 1024 * 1024);
      assertThat(delays.stream().sorted().toList().get(148)).isLessThan(Duration.ofMillis(500));
      await().atMost(40, TimeUnit.SECONDS).ignoreExceptions().until(() -> allMayComeAgain(hand));
      assertThat(slow.getFirst().closed().map(Closed::code)).contains(SLOW);
    } finally {
      for (RawSocket socket : slow) {
        socket.close();
      }
    }
  }

  /** Whether none of the user's connections is left. */
  private boolean allMayComeAgain(GatewayByHand hand) throws IOException {
    List<RawSocket> again = new ArrayList<>();
    try {
      for (int i = 0; i < RunningGrizz.LIMITS.connections().perUser(); i++) {
        again.add(welcomed(hand, RawSocket.to(hand.wsPort()), user));
      }
      return true;
    } finally {
      for (RawSocket socket : again) {
        socket.close();
      }
    }
  }

  @Test
  void S34_stormOfReconnectsDoesNotReachTheDatabase() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    int port = FreePorts.pair();
    try (Gateway gateway =
            grizz.another(RunningGrizz.config(port), Counts.counted(grizz.chats.record(), calls));
        RawClient owner = client(user)) {
      assertThat(gateway).isNotNull();
      UUID job = Talk.accepted(owner, "hello");
      await().until(() -> owner.ends() == 1);
      String hello =
          "{\"t\":\"hello\",\"id\":\"1\",\"resume\":[{\"job\":\"" + job + "\",\"after\":2}]}";
      String token = "Authorization: Bearer " + grizz.token(user);
      for (int i = 0; i < 2_000; i++) {
        try (RawSocket socket = RawSocket.to(port + 1)) {
          assertThat(socket.say(RawSocket.handshake(token)).head()).startsWith("HTTP/1.1 101");
          String first = socket.send(hello).text();
          if (first.contains("welcome")) {
            assertThat(socket.text()).contains("\"t\":\"snap\"");
          }
        }
      }
      assertThat(calls.get()).as("calls of the record").isZero();
    }
  }

  private RawSocket welcomed(GatewayByHand hand, RawSocket socket, UUID who) throws IOException {
    assertThat(hand.wsPort()).isPositive();
    socket.say(RawSocket.handshake("Authorization: Bearer " + grizz.token(who))).head();
    assertThat(socket.send("{\"t\":\"hello\",\"id\":\"0\"}").text()).contains("welcome");
    return socket;
  }

  private static String watch(GatewayByHand.Answer answer) {
    return "{\"t\":\"watch\",\"id\":\"1\",\"job\":\"" + answer.job() + "\"}";
  }

  private static void readUntil(RawSocket socket, String text) throws IOException {
    while (!socket.text().contains(text)) {
      assertThat(socket).isNotNull();
    }
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private RawClient client(UUID who) {
    return RawClient.connect(grizz.ws(), grizz.token(who));
  }
}
