package io.grizz.model;

import static io.grizz.model.Provider.event;
import static io.grizz.model.Provider.finish;
import static io.grizz.model.Provider.text;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grizz.model.ChatRequest.Message;
import io.grizz.model.ModelConfig.Patience;
import io.grizz.model.ModelException.Verdict;
import java.net.URI;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of failures, row by row, as a server on loopback provokes them. */
class ModelFailureTest {

  private static final ChatRequest REQUEST =
      new ChatRequest("m-0", List.of(new Message("user", "Hello")), ChatRequest.Options.NONE);

  private final StringBuilder heard = new StringBuilder();

  @ParameterizedTest
  @CsvSource({
    "302, upstream_rejected, FAIL",
    "400, upstream_rejected, FAIL",
    "401, upstream_rejected, FAIL",
    "403, upstream_rejected, FAIL",
    "404, upstream_rejected, FAIL",
    "408, upstream_timeout, RETRY",
    "409, upstream_unavailable, RETRY",
    "413, upstream_rejected, FAIL",
    "422, upstream_rejected, FAIL",
    "429, rate_limited, SNOOZE",
    "500, upstream_unavailable, RETRY",
    "502, upstream_unavailable, RETRY",
    "503, upstream_unavailable, RETRY",
    "529, upstream_unavailable, RETRY",
  })
  void statusDecides(int status, String code, Verdict verdict) throws Exception {
    try (Provider provider = Provider.refusing(status + " No", "<html>no</html>")) {
      assertFailure(failure(provider), code, verdict);
      assertThat(provider.calls()).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "400, context_length_exceeded, context_too_long, FAIL",
    "413, context_length_exceeded, context_too_long, FAIL",
    "400, content_filter, content_filtered, FAIL",
    "400, content_policy_violation, content_filtered, FAIL",
    "429, insufficient_quota, upstream_rejected, FAIL",
    "400, rate_limit_exceeded, rate_limited, SNOOZE",
    "500, weird, upstream_unavailable, RETRY",
  })
  void nameOfTheErrorDecidesBeforeTheStatus(int status, String name, String code, Verdict verdict)
      throws Exception {
    for (String body :
        List.of(
            "{\"error\":{\"code\":\"" + name + "\"}}",
            "{\"error\":{\"code\":null,\"type\":\"" + name + "\"}}")) {
      try (Provider provider = Provider.refusing(status + " No", body)) {
        assertFailure(failure(provider), code, verdict);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "server_error, upstream_unavailable, RETRY",
    "rate_limit_exceeded, rate_limited, SNOOZE",
    "context_length_exceeded, context_too_long, FAIL",
    "content_filter, content_filtered, FAIL",
  })
  void errorInsideTheStreamEndsTheAnswer(String name, String code, Verdict verdict)
      throws Exception {
    String error = event("{\"error\":{\"message\":\"no\",\"type\":\"" + name + "\"}}");
    try (Provider provider = Provider.streaming(text("Hi"), error, finish("stop"))) {
      assertFailure(failure(provider), code, verdict);
      assertThat(heard).hasToString("Hi");
    }
  }

  @Test
  void withheldAnswerFailsForGood() throws Exception {
    try (Provider provider = Provider.streaming(text("Hi"), finish("content_filter"))) {
      assertFailure(failure(provider), "content_filtered", Verdict.FAIL);
    }
  }

  @Test
  void streamThatEndsWithoutAReasonIsTriedAgain() throws Exception {
    try (Provider provider = Provider.streaming(text("Hi"))) {
      assertFailure(failure(provider), "upstream_unavailable", Verdict.RETRY);
    }
    try (Provider provider = Provider.streaming(text("Hi"), event("[DONE]"))) {
      assertFailure(failure(provider), "upstream_unavailable", Verdict.RETRY);
    }
  }

  @Test
  void connectionResetInTheMiddleIsTriedAgain() throws Exception {
    try (Provider provider =
        Provider.that(call -> {
          call.head("200 OK", "Transfer-Encoding: chunked");
          String text = text("Hi");
          call.send(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
          call.reset();
        })) {
      assertFailure(failure(provider), "upstream_unavailable", Verdict.RETRY);
    }
  }

  @Test
  void connectionResetBeforeTheAnswerIsTriedAgain() throws Exception {
    try (Provider provider = Provider.that(Provider.Call::reset)) {
      assertFailure(failure(provider), "upstream_unavailable", Verdict.RETRY);
    }
  }

  @Test
  void refusedConnectionIsTriedAgain() throws Exception {
    Provider provider = Provider.streaming();
    provider.close();

    assertFailure(failure(provider), "upstream_unavailable", Verdict.RETRY);
  }

  @Test
  void hostThatDoesNotExistIsTriedAgain() {
    URI nowhere = URI.create("http://grizz.invalid/v1");

    assertFailure(failure(nowhere, Patience.STANDARD), "upstream_unavailable", Verdict.RETRY);
  }

  @Test
  void bodyOfSomethingElseIsTriedAgain() throws Exception {
    for (String body : List.of("<html>hello</html>", "{\"choices\":[]}", "", "data: {\"cho\n\n")) {
      try (Provider provider = Provider.streaming(body)) {
        assertFailure(failure(provider), "upstream_unavailable", Verdict.RETRY);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"x", "'data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n'"})
  void floodWithoutEndIsCutOff(String text) throws Exception {
    String flood = text.repeat(64 * 1024 / text.length());
    try (Provider provider =
        Provider.that(call -> {
          call.stream();
          while (true) {
            call.send(flood);
          }
        })) {
      ModelException e = failure(provider);

      assertFailure(e, "upstream_unavailable", Verdict.RETRY);
    }
  }

  @Test
  void errorThatNeverEndsToBeToldIsJudgedByItsStatus() throws Exception {
    Patience patience = new Patience(ofSeconds(5), ofMillis(300), ofSeconds(30), ofSeconds(30));
    try (Provider provider =
        Provider.that(call -> {
          call.head("401 Unauthorized", "Content-Length: 1000");
          call.send("{\"error\":");
          call.fallSilent();
        })) {
      assertFailure(failure(provider.uri(), patience), "upstream_rejected", Verdict.FAIL);
    }
  }

  @Test
  void errorOfAnySizeIsReadInPartOnly() throws Exception {
    String flood = "x".repeat(64 * 1024);
    try (Provider provider =
        Provider.that(call -> {
          call.head("503 Busy");
          while (true) {
            call.send(flood);
          }
        })) {
      assertFailure(failure(provider), "upstream_unavailable", Verdict.RETRY);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Retry-After: 7, 7000",
    "Retry-After: 0.25, 250",
    "retry-after: 0, 200",
    "Retry-After: 60, 60000",
    "Retry-After: 61, 60000",
    "Retry-After: 999999999, 60000",
    "Retry-After: 99999999999999999999, 60000",
    "Retry-After: -7, 5000",
    "Retry-After: soon, 5000",
    "Retry-After: 1e3, 5000",
    "X-Other: 7, 5000",
    "Retry-After-Ms: 20, 200",
    "Retry-After-Ms: 999999999, 60000",
    "Retry-After-Ms: x, 5000",
    "'Retry-After: Thu, 01 Jan 1970 00:00:00 GMT', 200",
    "'Retry-After: Fri, 31 Dec 9999 23:59:59 GMT', 60000",
  })
  void limitedCallIsPutOffForAsLongAsTheProviderWishesWithinReason(String header, long millis)
      throws Exception {
    try (Provider provider = Provider.refusing("429 Too Many", "", header)) {
      assertThat(failure(provider).retryAfter()).isEqualTo(ofMillis(millis));
    }
  }

  @Test
  void millisecondsAreBelievedBeforeSeconds() throws Exception {
    try (Provider provider =
        Provider.refusing("429 Too Many", "", "Retry-After: 1", "Retry-After-Ms: 250")) {
      assertThat(failure(provider).retryAfter()).isEqualTo(ofMillis(250));
    }
  }

  @Test
  void limitedCallMayBePutOffUntilADate() throws Exception {
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(30));
    try (Provider provider = Provider.refusing("429 Too Many", "", "Retry-After: " + date)) {
      assertThat(failure(provider).retryAfter()).isBetween(ofSeconds(20), ofSeconds(30));
    }
  }

  @Test
  void errorOfTheStreamHasNoHeadersAndIsPutOffForAWhile() throws Exception {
    String error = event("{\"error\":{\"code\":\"rate_limit_exceeded\"}}");
    try (Provider provider = Provider.streaming(error)) {
      assertThat(failure(provider).retryAfter()).isGreaterThan(ZERO);
    }
  }

  private ModelException failure(Provider provider) {
    return failure(provider.uri(), Patience.STANDARD);
  }

  private ModelException failure(URI uri, Patience patience) {
    ModelConfig config = new ModelConfig(uri, Optional.of("sk-1"), patience);
    try (OpenAiChatModel model = OpenAiChatModel.open(config)) {
      return catchThrowableOfType(ModelException.class, () -> model.stream(REQUEST, heard::append));
    }
  }

  private static void assertFailure(ModelException e, String code, Verdict verdict) {
    assertThat(e).extracting(ModelException::code).isEqualTo(code);
    assertThat(e.verdict()).isEqualTo(verdict);
  }
}
