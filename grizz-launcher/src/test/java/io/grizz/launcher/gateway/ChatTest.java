package io.grizz.launcher.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.api.ChatRecord.Message;
import io.grizz.json.Json;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.client.ChatClient;
import io.grizz.launcher.client.ChatException;
import io.grizz.launcher.offline.OfflineAnswer;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A message goes in over a WebSocket, and comes out as a streamed, recorded answer. */
@ExtendWith(SharedGrizz.class)
class ChatTest {

  private final UUID user = UUID.randomUUID();

  private final RunningGrizz running;
  private final HttpClient http;

  ChatTest(RunningGrizz running, HttpClient http) {
    this.running = running;
    this.http = http;
  }

  @Test
  void messageBecomesAStreamedAndRecordedAnswer() throws Exception {
    StringBuilder streamed = new StringBuilder();
    try (ChatClient client = client(user)) {
      ChatClient.Ended ended = client.ask("hello", Optional.empty(), reader(streamed));
      assertThat(ended.kind()).isEqualTo("done");
      assertThat(ended.text()).isEqualTo(OfflineAnswer.to("hello", 0));
      assertThat(streamed).hasToString(ended.text());
    }

    JsonNode today = get(user, "/api/conversations/today?tz=Europe/Berlin");
    List<Message> messages = messages();
    assertThat(messages).extracting(Message::role).containsExactly("assistant", "user");
    assertThat(messages.getFirst().text()).isEqualTo(OfflineAnswer.to("hello", 0));
    assertThat(today.path("user_tz").asText()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Pacific/Kiritimati", "Etc/GMT+12", "Mars/Olympus"})
  void messageGoesIntoTheConversationOfItsSendersOwnDay(String zone) throws Exception {
    try (RawClient client = RawClient.connect(running.ws(), running.token(user))) {
      UUID job =
          UUID.fromString(
              client
                  .ask(
                      "1",
                      Json.write(
                          Json.object()
                              .put("t", "send")
                              .put("id", "1")
                              .put("msg", UUID.randomUUID().toString())
                              .put("text", "hello")
                              .put("tz", zone)))
                  .path("job")
                  .asText());

      assertThat(running.chats.record().job(user, job).orElseThrow().conversation())
          .hasToString(
              get(user, "/api/conversations/today?tz=" + URLEncoder.encode(zone, UTF_8))
                  .path("id")
                  .asText());
    }
  }

  @Test
  void twoMessagesOfOneConversationAreAnsweredOneAfterTheOther() throws Exception {
    try (ChatClient first = client(user);
        ChatClient second = client(user)) {
      CompletableFuture<ChatClient.Ended> one = ask(first, "/words 60");
      await().until(() -> messages().stream().anyMatch(it -> it.role().equals("user")));
      CompletableFuture<ChatClient.Ended> two = ask(second, "what did I say?");

      assertThat(one.get(10, TimeUnit.SECONDS).kind()).isEqualTo("done");
      assertThat(two.get(10, TimeUnit.SECONDS).text())
          .isEqualTo(OfflineAnswer.to("what did I say?", 2));
    }
  }

  @Test
  void failureOfTheModelIsAFailedAnswerWithItsCode() throws Exception {
    try (ChatClient client = client(user)) {
      ChatClient.Ended ended =
          client.ask("/fail 400", Optional.empty(), reader(new StringBuilder()));
      assertThat(ended.kind()).isEqualTo("failed");
      assertThat(ended.code()).isEqualTo("upstream_rejected");
    }
  }

  @Test
  void tokenThatWentStaleIsReplacedOnce() throws Exception {
    Iterator<String> tokens = List.of("stale.to.ken", running.token(user)).iterator();
    try (ChatClient client =
        new ChatClient(running.ws(), tokens::next, RandomGenerator.getDefault())) {
      assertThat(client.ask("/words 3", Optional.empty(), reader(new StringBuilder())).text())
          .isEqualTo("word1 word2 word3");
      assertThat(tokens).isExhausted();
    }
  }

  @Test
  void strangersAreRefused() {
    try (ChatClient client =
        new ChatClient(running.ws(), () -> "no.good.token", RandomGenerator.getDefault())) {
      assertThatThrownBy(() -> client.ask("hello", Optional.empty(), reader(new StringBuilder())))
          .isInstanceOf(ChatException.class)
          .hasMessageContaining("invalid token");
    }
  }

  @Test
  void conversationsOfOthersAreForbidden() throws Exception {
    UUID conversation = UUID.fromString(get(user, "/api/conversations/today").path("id").asText());
    try (ChatClient client = client(UUID.randomUUID())) {
      assertThatThrownBy(
              () -> client.ask("hello", Optional.of(conversation), reader(new StringBuilder())))
          .isInstanceOf(ChatException.class)
          .satisfies(
              e -> assertThat(((ChatException) e).code()).isIn("forbidden", "conv_not_found"));
    }
    assertThat(send("/api/conversations/" + conversation + "/messages", UUID.randomUUID()))
        .isEqualTo(404);
  }

  @Test
  void pagesAndHealthNeedNoToken() throws Exception {
    for (String path : List.of("/", "/client.js", "/healthz", "/readyz", "/client-config")) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(running.http(path)).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(path).isEqualTo(200);
      assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    }
  }

  private List<Message> messages() {
    var record = running.chats.record();
    UUID conversation = record.today(user, ZoneOffset.UTC, Instant.now()).id();
    return record.messages(user, conversation, Optional.empty(), 10).orElseThrow();
  }

  private static CompletableFuture<ChatClient.Ended> ask(ChatClient client, String text) {
    CompletableFuture<ChatClient.Ended> ended = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            ended.complete(client.ask(text, Optional.empty(), reader(new StringBuilder())));
          } catch (Exception e) {
            ended.completeExceptionally(e);
          }
        });
    return ended;
  }

  private ChatClient client(UUID user) {
    return new ChatClient(running.ws(), () -> running.token(user), RandomGenerator.getDefault());
  }

  private JsonNode get(UUID user, String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(running.http(path))
            .header("Authorization", "Bearer " + running.token(user))
            .build();
    return Json.tree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private int send(String path, UUID user) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(running.http(path))
            .header("Authorization", "Bearer " + running.token(user))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  private static ChatClient.Reader reader(StringBuilder streamed) {
    return new ChatClient.Reader() {
      @Override
      public void text(String delta) {
        streamed.append(delta);
      }

      @Override
      public void restarted(int attempt) {
        streamed.setLength(0);
      }

      @Override
      public void waiting(String why, Duration pause) {
        streamed.append('[').append(why).append(']');
      }
    };
  }
}
