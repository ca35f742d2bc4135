package io.grizz.launcher.client;

import static io.grizz.launcher.client.ScriptedServer.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.launcher.client.ChatClient.Ended;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.java_websocket.WebSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the client makes of what a server says, and of what it does not say. */
@Timeout(10)
class ChatClientTest {

  private static final String WELCOME =
      "{'t':'welcome','re':'*','hb_ms':*,'limits':{'frame':180,'text':40}}";
  private static final String BUSY =
      "{'t':'err','re':'*','code':'overloaded','retryable':true,'retry_ms':1}";
  private static final int HEARTBEAT = 25_000;

  private final String job = UUID.randomUUID().toString();
  private final AtomicInteger tokens = new AtomicInteger();
  private final List<String> shown = new ArrayList<>();

  @Test
  void helloThatIsRefusedForNowIsSaidAgain_andNothingBeforeItsWelcome() throws Exception {
    try (ScriptedServer server = ScriptedServer.of(this::refuseFirstHello)) {
      assertThat(ask(server, "hi").text()).isEqualTo("answer");
      assertThat(server.heard()).containsExactly("hello", "hello", "send");
      assertThat(server.connections()).isEqualTo(1);
      assertThat(shown).contains("overloaded");
    }
  }

  private void refuseFirstHello(WebSocket to, JsonNode frame) {
    if (frame.path("id").asText().equals("hello-1")) {
      say(to, BUSY, "hello-1");
    } else {
      answer(to, frame);
    }
  }

  @Test
  void watchThatIsRefusedForNowIsAskedAgain_inMidAnswer() throws Exception {
    AtomicInteger watches = new AtomicInteger();
    try (ScriptedServer server =
        server(
            HEARTBEAT,
            to -> say(to, "{'t':'delta','job':'*','seq':3,'off':9,'d':'er'}", job),
            (to, id) -> {
              if (watches.incrementAndGet() == 1) {
                say(to, BUSY, id);
              } else {
                say(to, "{'t':'ok','re':'*','job':'*','log':'l'}", id, job);
                whole(to, 8);
              }
            })) {
      assertThat(ask(server, "hi").text()).isEqualTo("answer");
      assertThat(server.heard()).containsExactly("hello", "send", "watch", "watch");
    }
  }

  @Test
  void endAcrossAGapIsNoEnd_untilWhatIsMissingWasRead() throws Exception {
    try (ScriptedServer server =
        server(
            HEARTBEAT,
            to -> say(to, "{'t':'done','job':'*','seq':9}", job),
            (to, id) -> whole(to, 8))) {
      Ended ended = ask(server, "hi");
      assertThat(ended.text()).isEqualTo("answer");
      assertThat(ended.kind()).isEqualTo("done");
      assertThat(server.heard("watch")).hasSize(1);
      assertThat(server.heard("watch").getFirst().path("after").asInt()).isZero();
    }
  }

  @Test
  void messageBeyondTheServersLimitsIsNotEvenSent() {
    try (ScriptedServer server = ScriptedServer.of(this::answer)) {
      for (String text : List.of("x".repeat(41), "\u20ac".repeat(40))) {
        assertThatThrownBy(() -> ask(server, text))
            .isInstanceOf(ChatException.class)
            .satisfies(e -> assertThat(((ChatException) e).code()).isEqualTo("too_large"));
      }
      assertThat(server.heard("send")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1003, 1007, 1009})
  void closeForAFaultOfOursIsFinal(int code) {
    try (ScriptedServer server =
        ScriptedServer.of((to, frame) -> {
          if (frame.path("t").asText().equals("hello")) {
            answer(to, frame);
          } else {
            to.close(code, "not this");
          }
        })) {
      assertThatThrownBy(() -> ask(server, "hi"))
          .isInstanceOf(ChatException.class)
          .hasMessageContaining(String.valueOf(code));
      assertThat(server.connections()).isEqualTo(1);
      assertThat(server.heard("send")).hasSize(1);
    }
  }

  @Test
  void silenceIsAskedAboutAsSoonAsTheServerSaid() throws Exception {
    try (ScriptedServer server = server(50, to -> {}, (to, id) -> whole(to, 2))) {
      assertThat(ask(server, "hi").text()).isEqualTo("answer");
      assertThat(server.heard()).containsExactly("hello", "send", "ping");
    }
  }

  @Test
  void tokenThatEndsSoonIsReplaced_andARefusalOfTheNewOneIsNotTheEnd() throws Exception {
    try (ScriptedServer server =
        server(
            HEARTBEAT,
            to -> say(to, "{'t':'auth_soon','exp':1}"),
            (to, id) -> {
              say(to, "{'t':'err','re':'*','code':'unauthenticated','retryable':false}", id);
              whole(to, 2);
            })) {
      assertThat(ask(server, "hi").text()).isEqualTo("answer");
      assertThat(server.heard("auth")).hasSize(1);
      assertThat(server.heard("auth").getFirst().path("token").asText()).isEqualTo("token 2");
    }
  }

  /**
   * Welcomes and accepts.
   *
   * @param accepted what is said after that
   * @param other answers any other request, by its id
   */
  private ScriptedServer server(
      int heartbeat, Consumer<WebSocket> accepted, BiConsumer<WebSocket, String> other) {
    return ScriptedServer.of((to, frame) -> {
      String id = frame.path("id").asText();
      switch (frame.path("t").asText()) {
        case "hello" -> say(to, WELCOME, id, heartbeat);
        case "send" -> {
          accept(to, id);
          accepted.accept(to);
        }
        default -> other.accept(to, id);
      }
    });
  }

  private void answer(WebSocket to, JsonNode frame) {
    String id = frame.path("id").asText();
    if (frame.path("t").asText().equals("hello")) {
      say(to, WELCOME, id, HEARTBEAT);
    } else {
      accept(to, id);
      whole(to, 2);
    }
  }

  private void accept(WebSocket to, String id) {
    say(to, "{'t':'ok','re':'*','job':'*','log':'l','seq':1,'dup':false}", id, job);
  }

  /** All of the answer, and its end. */
  private void whole(WebSocket to, long seq) {
    String snap =
        "{'t':'snap','job':'*','log':'l','seq':*,'attempt':1,'state':'done','text':'answer'}";
    say(to, snap, job, seq);
    say(to, "{'t':'done','job':'*','seq':*}", job, seq + 1);
  }

  private Ended ask(ScriptedServer server, String text) throws Exception {
    ChatClient.Reader reader =
        new ChatClient.Reader() {
          @Override
          public void text(String delta) {
            shown.add(delta);
          }

          @Override
          public void restarted(int attempt) {
            shown.clear();
          }

          @Override
          public void waiting(String why, Duration pause) {
            shown.add(why);
          }
        };
    try (ChatClient client =
        new ChatClient(server.uri(), () -> "token " + tokens.incrementAndGet(), new Random(1))) {
      return client.ask(text, Optional.empty(), reader);
    }
  }
}
