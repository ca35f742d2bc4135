package io.grizz.model;

import static io.grizz.model.Provider.event;
import static io.grizz.model.Provider.finish;
import static io.grizz.model.Provider.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.api.ConfigException;
import io.grizz.json.Json;
import io.grizz.model.ChatRequest.Message;
import io.grizz.model.Completion.Tokens;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the client asks, and what it makes of an answer, told against a server on loopback. */
class OpenAiChatModelTest {

  private static final String DONE = event("[DONE]");
  private static final String KEY = "sk-secret-1234567890";

  private static final ChatRequest REQUEST =
      new ChatRequest(
          "m-0",
          List.of(new Message("system", "Be kind."), new Message("user", "Hello, how are you?")),
          ChatRequest.Options.NONE);

  private final StringBuilder heard = new StringBuilder();

  @Test
  void textArrivesInOrderAndWhole() throws Exception {
    String[] pieces = new String[1_001];
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      pieces[i] = text("tok" + i + " \u00e9\ud83d\udc3b");
      expected.append("tok").append(i).append(" \u00e9\ud83d\udc3b");
    }
    pieces[1_000] = finish("stop") + DONE;

    try (Provider provider = Provider.streaming(pieces)) {
      Completion completion = ask(provider);

      assertThat(heard).hasToString(expected.toString());
      assertThat(completion.finish()).isEqualTo("stop");
      assertThat(completion.model()).isEqualTo("m-1");
      assertThat(completion.firstToken()).isPositive().isLessThanOrEqualTo(completion.total());
    }
  }

  @Test
  void charactersSurviveWhenTheConnectionCutsThemInTheMiddle() throws Exception {
    byte[] body = (text("\ud83d\udc3b") + finish("stop") + DONE).getBytes(StandardCharsets.UTF_8);
    int cut = body.length / 2;
    while (body[cut - 1] != (byte) 0xf0) {
      cut--;
    }
    int middle = cut;
    try (Provider provider =
        Provider.that(call -> {
          call.stream();
          call.send(Arrays.copyOf(body, middle));
          call.send(Arrays.copyOfRange(body, middle, body.length));
        })) {
      ask(provider);

      assertThat(heard).hasToString("\ud83d\udc3b");
    }
  }

  @Test
  void chunkedBodyWithCarriageReturnsCommentsAndSeveralDataLinesIsUnderstood() throws Exception {
    String body =
        ": PROCESSING\r\n\r\ndata: {\"choices\":[{\"delta\":\r\n"
            + "data: {\"content\":\"Hi\"}}]}\r\n\r\n"
            + (finish("stop") + DONE).replace("\n", "\r\n");
    try (Provider provider =
        Provider.that(call -> {
          call.head("200 OK", "Transfer-Encoding: chunked");
          for (int at = 0; at < body.length(); at += 7) {
            String piece = body.substring(at, Math.min(at + 7, body.length()));
            call.send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
          }
          call.send("0\r\n\r\n");
        })) {
      ask(provider);

      assertThat(heard).hasToString("Hi");
    }
  }

  @Test
  void answerIsCompleteWithTheReasonOfItsEndThoughDoneIsMissing() throws Exception {
    try (Provider provider = Provider.streaming(text("Hi"), finish("stop"))) {
      assertThat(ask(provider).finish()).isEqualTo("stop");
    }
  }

  @Test
  void nothingIsReadAfterDone() throws Exception {
    try (Provider provider =
        Provider.that(call -> {
          call.stream();
          call.send(text("Hi") + finish("stop") + DONE + text(" there"));
          call.fallSilent();
        })) {
      ask(provider);

      assertThat(heard).hasToString("Hi");
    }
  }

  @Test
  void answerCutShortByItsLengthIsCompleteAndSaysSo() throws Exception {
    try (Provider provider = Provider.streaming(text("Hi"), finish("length"), DONE)) {
      assertThat(ask(provider).finish()).isEqualTo("length");
    }
  }

  @Test
  void usageComesWithAChunkThatHasNoChoices() throws Exception {
    String usage =
        event(
            """
            {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34,\
            "prompt_tokens_details":{"cached_tokens":5},\
            "completion_tokens_details":{"reasoning_tokens":6}}}\
            """);
    try (Provider provider = Provider.streaming(text("Hi"), finish("stop"), usage, DONE)) {
      Completion completion = ask(provider);

      assertThat(completion.tokens()).isEqualTo(new Tokens(12, 34, 5, 6, false));
      assertThat(completion.finish()).isEqualTo("stop");
    }
  }

  @Test
  void usageThatIsMissingIsEstimatedAndMarked() throws Exception {
    try (Provider provider = Provider.streaming(text("12345678"), finish("stop"), DONE)) {
      assertThat(ask(provider).tokens()).isEqualTo(new Tokens(7, 2, 0, 0, true));
    }
  }

  @Test
  void nullsOfAChunkMeanNothing() throws Exception {
    String nulls =
        event(
            """
            {"model":null,"usage":null,"error":null,\
            "choices":[{"delta":{"role":"assistant","content":null},"finish_reason":null}]}\
            """);
    try (Provider provider = Provider.streaming(nulls, text("Hi"), nulls, finish("stop"), nulls)) {
      Completion completion = ask(provider);

      assertThat(heard).hasToString("Hi");
      assertThat(completion.model()).isEqualTo("m-1");
      assertThat(completion.finish()).isEqualTo("stop");
    }
  }

  @Test
  void requestSaysWhatWasAsked() throws Exception {
    try (Provider provider = Provider.streaming(finish("stop"))) {
      ask(provider, Optional.of(KEY));

      Provider.Call call = provider.calls().getFirst();
      JsonNode body = Json.tree(call.body());
      assertThat(call.head()).startsWith("POST /v1/chat/completions HTTP/1.1");
      assertThat(call.head().lines()).contains("Authorization: Bearer " + KEY);
      assertThat(body.path("model").asText()).isEqualTo("m-0");
      assertThat(body.path("stream").asBoolean()).isTrue();
      assertThat(body.path("stream_options").path("include_usage").asBoolean()).isTrue();
      assertThat(body.path("messages")).hasSize(2);
      assertThat(body.path("messages").path(1))
          .hasToString("{\"role\":\"user\",\"content\":\"Hello, how are you?\"}");
      assertThat(body.has("temperature") || body.has("max_tokens")).isFalse();
    }
  }

  @Test
  void imagesGoBesideTheText() throws Exception {
    var message = new Message("user", "What is this?", List.of("https://f.example/cat.png"));
    try (Provider provider = Provider.streaming(finish("stop"));
        OpenAiChatModel model = open(provider, Optional.empty())) {
      model.stream(new ChatRequest("m", List.of(message), ChatRequest.Options.NONE), heard::append);

      assertThat(Json.tree(provider.calls().getFirst().body()).path("messages").path(0))
          .isEqualTo(
              Json.tree(
                  """
                  {"role":"user","content":[{"type":"text","text":"What is this?"},
                  {"type":"image_url","image_url":{"url":"https://f.example/cat.png"}}]}\
                  """));
    }
  }

  @Test
  void optionsAreHandedOn() throws Exception {
    var options = new ChatRequest.Options(OptionalDouble.of(0.5), OptionalInt.of(77));
    try (Provider provider = Provider.streaming(finish("stop"));
        OpenAiChatModel model = open(provider, Optional.empty())) {
      model.stream(new ChatRequest("m", REQUEST.messages(), options), heard::append);

      JsonNode body = Json.tree(provider.calls().getFirst().body());
      assertThat(body.path("temperature").asDouble()).isEqualTo(0.5);
      assertThat(body.path("max_tokens").asInt()).isEqualTo(77);
    }
  }

  @Test
  void serverThatRefusesToTellUsageIsAskedWithoutIt() throws Exception {
    try (Provider provider =
        Provider.that(call -> {
          if (call.body().contains("stream_options")) {
            call.head("400 Bad Request");
            call.send("{\"error\":{\"message\":\"unknown field: stream_options\"}}");
          } else {
            call.stream();
            call.send(text("Hi") + finish("stop") + DONE);
          }
        })) {
      Completion completion = ask(provider);

      assertThat(heard).hasToString("Hi");
      assertThat(completion.tokens().estimated()).isTrue();
      assertThat(provider.calls()).hasSize(2);
    }
  }

  @Test
  void noKeyIsSentWhereNoneIsSet() throws Exception {
    try (Provider provider = Provider.streaming(finish("stop"))) {
      ask(provider, Optional.empty());

      assertThat(provider.calls().getFirst().head()).doesNotContainIgnoringCase("authorization");
    }
  }

  @Test
  void redirectIsNotFollowedSoThatNobodyElseGetsTheKey() throws Exception {
    try (Provider other = Provider.streaming(finish("stop"));
        Provider provider =
            Provider.refusing("302 Found", "", "Location: " + other.uri() + "/chat/completions")) {
      ModelException e = refusal(provider);

      assertThat(e.code()).isEqualTo("upstream_rejected");
      assertThat(other.calls()).isEmpty();
    }
  }

  @Test
  void keyThatTheProviderEchoesIsInNoException() throws Exception {
    String echo = "{\"error\":{\"code\":\"invalid_api_key\",\"message\":\"Wrong: " + KEY + "\"}}";
    try (Provider provider = Provider.refusing("401 Unauthorized", echo)) {
      assertThat(everythingSaidBy(refusal(provider))).doesNotContain(KEY);
    }
    try (Provider provider = Provider.streaming(text("Hi"), event(echo))) {
      assertThat(everythingSaidBy(refusal(provider))).doesNotContain(KEY);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {KEY + "\n", KEY + "\r\nX-Other: 1", " " + KEY, KEY + "\u00e9", ""})
  void keyThatNoHeaderCanCarryIsRefusedWithoutBeingShown(String key) throws Exception {
    try (Provider provider = Provider.streaming(finish("stop"))) {
      assertThatThrownBy(() -> ModelConfig.at(provider.uri(), Optional.of(key)))
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith("model.key is ")
          .hasMessageNotContaining(KEY);
    }
  }

  @Test
  void configShowsThatThereIsAKeyAndNotTheKey() throws Exception {
    try (Provider provider = Provider.streaming(finish("stop"))) {
      assertThat(ModelConfig.at(provider.uri(), Optional.of(KEY)))
          .hasToString(provider.uri() + " with a key");
    }
  }

  private Completion ask(Provider provider) throws ModelException, InterruptedException {
    return ask(provider, Optional.empty());
  }

  private Completion ask(Provider provider, Optional<String> key)
      throws ModelException, InterruptedException {
    try (OpenAiChatModel model = open(provider, key)) {
      return model.stream(REQUEST, heard::append);
    }
  }

  private ModelException refusal(Provider provider) {
    return catchThrowableOfType(ModelException.class, () -> ask(provider, Optional.of(KEY)));
  }

  private static OpenAiChatModel open(Provider provider, Optional<String> key) {
    return OpenAiChatModel.open(ModelConfig.at(provider.uri(), key));
  }

  private static String everythingSaidBy(Throwable e) throws IOException {
    try (StringWriter text = new StringWriter();
        PrintWriter writer = new PrintWriter(text)) {
      e.printStackTrace(writer);
      return text.toString();
    }
  }
}
