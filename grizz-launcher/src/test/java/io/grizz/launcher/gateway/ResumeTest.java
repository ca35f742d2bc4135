package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.GatewayConfig.Patience;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.Jedis;

/** What a client that comes back is told of its place, and when a connection cannot go on. */
@ExtendWith(SharedGrizz.class)
class ResumeTest {

  private static final Patience SOON =
      new Patience(
          Duration.ofSeconds(5),
          Duration.ofMinutes(15),
          Duration.ofMillis(100),
          Duration.ofSeconds(1),
          Duration.ofMinutes(30));

  private final UUID user = UUID.randomUUID();
  private final RunningGrizz running;
  private GatewayByHand gateway;

  ResumeTest(RunningGrizz running) {
    this.running = running;
  }

  @BeforeEach
  void open() throws Exception {
    gateway = new GatewayByHand(running, it -> it.with(it.limits().with(SOON)));
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void whoGoesOnFromItsPlaceIsToldSo_andGetsNothingTwice() {
    GatewayByHand.Answer answer = gateway.begin(user);
    answer.say("one ");
    answer.say("two ");
    try (RawClient client = comesBack(answer, GatewayByHand.LOG, 2)) {
      assertThat(resumed(client).path("recovered").asBoolean()).isTrue();
      assertThat(resumed(client).path("from").asLong()).isEqualTo(3);
      answer.say("three");
      answer.end();
      await().until(() -> client.ends() == 1);
      assertThat(client.frames("snap")).isEmpty();
      assertThat(client.text()).isEqualTo("two three");
    }
  }

  @Test
  void whoHasAPlaceInAnotherLogOrBeyondTheEndIsToldSo_andGetsAllTextAgain() {
    GatewayByHand.Answer answer = gateway.begin(user);
    answer.say("all of it");
    for (RawClient each :
        List.of(comesBack(answer, "another", 2), comesBack(answer, GatewayByHand.LOG, 1_000))) {
      try (RawClient client = each) {
        assertThat(resumed(client).path("recovered").asBoolean(true)).isFalse();
        await().until(() -> client.text().equals("all of it"));
        assertThat(client.frames("snap")).hasSize(1);
      }
    }
  }

  @Test
  void whoNamesALogOfItsOwnIsToldTheJobsLog() {
    GatewayByHand.Answer answer = gateway.begin(user);
    try (RawClient client = comesBack(answer, "another", 2)) {
      assertThat(resumed(client).path("log").asText()).isEqualTo(GatewayByHand.LOG);
      assertThat(client.ask("w", watch(answer, "third")).path("log").asText())
          .isEqualTo(GatewayByHand.LOG);
    }
  }

  @Test
  void jobThatIsOfNoConversationIsCancelledAsWell() {
    GatewayByHand.Answer answer = gateway.begin(user);
    String cancel = "{\"t\":\"cancel\",\"id\":\"c\",\"job\":\"%s\"}".formatted(answer.job());
    URI ws = URI.create("ws://127.0.0.1:" + gateway.wsPort() + "/v1/ws");
    try (RawClient owner = RawClient.connect(ws, running.token(user));
        RawClient stranger = RawClient.connect(ws, running.token(UUID.randomUUID()))) {
      assertThat(stranger.ask("c", cancel).path("code").asText()).isEqualTo("job_unknown");
      assertThat(answer.cancelled()).isFalse();
      assertThat(owner.ask("c", cancel).path("t").asText()).isEqualTo("ok");
      assertThat(answer.cancelled()).isTrue();
    }
  }

  @Test
  void whoComesBackToAnEndedAnswerIsToldSo() {
    GatewayByHand.Answer answer = gateway.begin(user);
    answer.say("short");
    answer.end();
    try (RawClient client = comesBack(answer, GatewayByHand.LOG, 2)) {
      assertThat(resumed(client).path("recovered").asBoolean(true)).isFalse();
      await().until(() -> client.ends() == 1);
      assertThat(client.text()).isEqualTo("short");
    }
  }

  @Test
  void connectionWhoseJobNobodyKnowsAnyMoreIsClosed_soThatItsClientAsksAnew() {
    GatewayByHand.Answer answer = gateway.begin(user);
    answer.say("lost");
    try (RawClient client = comesBack(answer, GatewayByHand.LOG, 1);
        Jedis redis = new Jedis(running.redis.uri())) {
      await().until(() -> client.text().equals("lost"));
      redis.keys(gateway.keys(answer.job())).forEach(redis::del);
      assertThat(client.closeCode()).isEqualTo(Close.STATE_LOST.code());
    }
    try (RawClient client = comesBack(answer, GatewayByHand.LOG, 1)) {
      await().until(() -> !client.frames("welcome").isEmpty());
      assertThat(client.frames("welcome").getFirst().path("resumed")).isEmpty();
    }
  }

  @Test
  void clientThatAnswersNoPingIsClosed() throws Exception {
    try (RawSocket socket = RawSocket.to(gateway.wsPort())) {
      socket.say(RawSocket.handshake("Authorization: Bearer " + running.token(user)));
      assertThat(socket.head()).startsWith("HTTP/1.1 101");
      socket.send("{\"t\":\"hello\",\"id\":\"1\"}");
      assertThat(socket.closed().orElseThrow().code()).isEqualTo(Close.NO_PONG.code());
    }
  }

  @Test
  void clientIsToldToAskALittleSoonerThanItIsAsked() {
    URI ws = URI.create("ws://127.0.0.1:" + gateway.wsPort() + "/v1/ws");
    try (RawClient client = RawClient.connect(ws, running.token(user))) {
      await().until(() -> !client.frames("welcome").isEmpty());
      assertThat(client.frames("welcome").getFirst().path("hb_ms").asLong()).isEqualTo(833);
    }
  }

  private static String watch(GatewayByHand.Answer answer, String log) {
    return "{\"t\":\"watch\",\"id\":\"w\",\"job\":\"%s\",\"log\":\"%s\"}"
        .formatted(answer.job(), log);
  }

  private static JsonNode resumed(RawClient client) {
    await().until(() -> !client.frames("welcome").isEmpty());
    return client.frames("welcome").getFirst().path("resumed").path(0);
  }

  private RawClient comesBack(GatewayByHand.Answer answer, String log, long after) {
    RawClient client =
        RawClient.silent(
            URI.create("ws://127.0.0.1:" + gateway.wsPort() + "/v1/ws"), running.token(user));
    client.send(
        "{\"t\":\"hello\",\"id\":\"h\",\"resume\":[{\"job\":\"%s\",\"log\":\"%s\",\"after\":%d}]}"
            .formatted(answer.job(), log, after));
    return client;
  }
}
