package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.offline.OfflineAnswer;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The frames of {@code grizz.v1}, one by one, as a client of somebody else's would see them. */
@ExtendWith(SharedGrizz.class)
@SharedGrizz.Pace(100)
class ProtocolTest {

  private final UUID user = UUID.randomUUID();

  private final RunningGrizz running;

  ProtocolTest(RunningGrizz running) {
    this.running = running;
  }

  @Test
  void welcomeSaysWhoOneIsAndWhatOneMayDo() {
    try (RawClient client = client(user)) {
      JsonNode welcome = client.ask("0", "{\"t\":\"ping\",\"ts\":1}");
      assertThat(welcome.path("t").asText()).isEqualTo("welcome");
      assertThat(welcome.path("user").asText()).isEqualTo(user.toString());
      assertThat(welcome.path("hb_ms").asInt()).isEqualTo(25_000);
      assertThat(welcome.path("caps")).extracting(JsonNode::asText).containsExactly("merge");
      assertThat(welcome.at("/limits/text").asInt()).isEqualTo(32_000);
      assertThat(welcome.at("/limits/frame").asInt()).isEqualTo(65_536);
      await().until(() -> !client.frames("pong").isEmpty());
      assertThat(client.frames("pong").getFirst().path("ts").asInt()).isEqualTo(1);
    }
  }

  @Test
  void eventsOfAnAnswerAreContiguousAndEndOnce() {
    try (RawClient client = client(user)) {
      String job = sent(client, "/words 40").path("job").asText();
      await().until(() -> client.ends() == 1);

      int seq = 0;
      int off = 0;
      for (JsonNode frame : client.frames()) {
        if (frame.path("job").asText().equals(job) && frame.has("seq") && !frame.has("re")) {
          assertThat(frame.path("seq").asInt()).isEqualTo(++seq);
          if (frame.path("t").asText().equals("delta")) {
            assertThat(frame.path("off").asInt()).isEqualTo(off);
            off += frame.path("d").asText().length();
          }
        }
      }
      assertThat(client.text()).isEqualTo(OfflineAnswer.to("/words 40", 0));
      JsonNode done = client.frames("done").getFirst();
      assertThat(done.path("finish").asText()).isEqualTo("stop");
      assertThat(done.at("/usage/out").asInt()).isPositive();
      assertThat(UUID.fromString(done.path("message").asText())).isNotNull();
      assertThat(client.frames("job"))
          .extracting(it -> it.path("state").asText())
          .containsExactly("queued", "running");
    }
  }

  @Test
  void sameMessageTwiceIsOneJobAndAnotherTextIsAConflict() {
    try (RawClient client = client(user)) {
      String message = UUID.randomUUID().toString();
      String frame = "{\"t\":\"send\",\"id\":\"%s\",\"msg\":\"%s\",\"text\":\"%s\"}";
      JsonNode first = client.ask("1", frame.formatted("1", message, "hello"));
      JsonNode again = client.ask("2", frame.formatted("2", message, "hello"));
      assertThat(first.path("dup").asBoolean()).isFalse();
      assertThat(again.path("dup").asBoolean()).isTrue();
      assertThat(again.path("job")).isEqualTo(first.path("job"));
      assertThat(client.ask("3", frame.formatted("3", message, "other")).path("code").asText())
          .isEqualTo("idempotency_conflict");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bad_type|{'t':'dance','id':'1'}",
        "bad_type|{'id':'1'}",
        "bad_type|{'t':'hello','id':'1'}",
        "bad_field|{'t':'send','id':'1','text':'hi'}",
        "bad_field|{'t':'send','id':'1','msg':'7','text':'hi'}",
        "bad_field|{'t':'send','id':'1','msg':'6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11','text':' '}",
        "bad_field|{'t':'send','id':'1','msg':'6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11','text':7}",
        "bad_field|{'t':'send','id':'1','msg':'6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11','text':'a',"
            + "'files':[{'url':'https://x/y','mime':'a\\u0000'}]}",
        "bad_field|{'t':'send','id':'1','msg':'6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11','text':'a',"
            + "'tz':9}",
        "bad_field|{'t':'watch','id':'1'}",
        "bad_field|{'t':'watch','id':'1','job':'x{y}'}",
        "job_unknown|{'t':'watch','id':'1','job':'6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11'}",
        "job_unknown|{'t':'cancel','id':'1','job':'6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11'}",
        "unauthenticated|{'t':'auth','id':'1','token':'x'}",
      })
  void badFrameIsAnErrorAndNotTheEnd(String code, String frame) {
    try (RawClient client = client(user)) {
      JsonNode err = client.ask("1", frame.replace('\'', '"'));
      assertThat(err.path("t").asText()).isEqualTo("err");
      assertThat(err.path("code").asText()).isEqualTo(code);
      assertThat(err.path("retryable").asBoolean()).isFalse();
      client.send("{\"t\":\"ping\",\"ts\":5}");
      await().until(() -> !client.frames("pong").isEmpty());
    }
  }

  @Test
  void modelsAndFilesAndSizesAreBounded() {
    try (RawClient client = client(user)) {
      String frame = "{\"t\":\"send\",\"id\":\"%s\",\"msg\":\"" + UUID.randomUUID() + "\",%s}";
      assertThat(code(client, "1", frame.formatted("1", "\"text\":\"a\",\"model\":\"gpt-9\"")))
          .isEqualTo("model_not_allowed");
      assertThat(
              code(
                  client,
                  "2",
                  frame.formatted("2", "\"text\":\"a\",\"files\":[{\"url\":\"https://x/y\"}]")))
          .isEqualTo("file_not_allowed");
      assertThat(code(client, "3", frame.formatted("3", "\"text\":\"" + "a".repeat(32_001) + '"')))
          .isEqualTo("bad_field");
      assertThat(code(client, "4", frame.formatted("4", "\"text\":\"a\",\"on_busy\":\"wait\"")))
          .isEqualTo("bad_field");
    }
  }

  @Test
  void whatIsNoJsonIsAnErrorAndTooManyOfThemEndTheConnection() {
    try (RawClient client = client(user)) {
      for (int i = 0; i < 10; i++) {
        client.send(List.of("{", "[]", "7", "nul", "{\"a\":1e999}", "{\"t\":\"x\"").get(i % 6));
      }
      assertThat(client.closeCode()).isEqualTo(Close.FLOODING.code());
      assertThat(client.frames("err")).hasSize(9);
      assertThat(client.frames("err")).allMatch(it -> it.path("code").asText().startsWith("bad_"));
    }
  }

  @Test
  void messagesPastTheLimitAreTurnedAwayWithATimeAndInTheEndTheConnectionEnds() {
    try (RawClient client = client(user)) {
      String message = UUID.randomUUID().toString();
      for (int i = 1; i <= 92; i++) {
        client.send(
            "{\"t\":\"send\",\"id\":\"%d\",\"msg\":\"%s\",\"text\":\"a\"}".formatted(i, message));
      }
      assertThat(client.closeCode()).isEqualTo(Close.FLOODING.code());
      // why not exactly: on a slow machine a second or two pass, and each gives one back
      assertThat(client.frames("ok")).hasSizeBetween(60, 70);
      JsonNode limited =
          client.frames("err").stream().filter(ProtocolTest::limited).findFirst().orElseThrow();
      assertThat(limited.path("retryable").asBoolean()).isTrue();
      assertThat(limited.path("retry_ms").asInt()).isPositive();
    }
  }

  @Test
  void jobOfSomebodyElseIsAsUnknownAsNone() {
    try (RawClient client = client(user);
        RawClient other = client(UUID.randomUUID())) {
      String job = sent(client, "/words 60").path("job").asText();
      for (String type : List.of("watch", "cancel")) {
        assertThat(code(other, type, about(type, type, job))).isEqualTo("job_unknown");
      }
      await().until(() -> client.ends() == 1);
      assertThat(client.frames("done")).hasSize(1);
      assertThat(other.frames("delta")).isEmpty();
    }
  }

  @Test
  void cancelledAnswerKeepsItsTextAndEndsOnce() {
    try (RawClient client = client(user)) {
      String job = sent(client, "/words 400").path("job").asText();
      await().until(() -> client.text().length() > 50);
      JsonNode ok = client.ask("9", "{\"t\":\"cancel\",\"id\":\"9\",\"job\":\"" + job + "\"}");
      assertThat(ok.path("t").asText()).isEqualTo("ok");
      await().until(() -> client.ends() == 1);
      assertThat(client.frames("cancelled").getFirst().path("partial").asBoolean()).isTrue();
      assertThat(OfflineAnswer.to("/words 400", 0)).startsWith(client.text());
    }
  }

  @Test
  void endedJobIsShownAgainAsSnapshotAndEnd() {
    try (RawClient first = client(user)) {
      JsonNode ok = sent(first, "hello");
      await().until(() -> first.ends() == 1);
      for (String after : List.of("0", "3", "9999")) {
        try (RawClient client = client(user)) {
          client.ask(
              "4",
              "{\"t\":\"watch\",\"id\":\"4\",\"job\":%s,\"log\":%s,\"after\":%s}"
                  .formatted(ok.path("job"), ok.path("log"), after));
          await().until(() -> client.ends() == 1);
          assertThat(client.frames("snap").getLast().path("text").asText()).isEqualTo(first.text());
        }
      }
    }
  }

  @Test
  void resumeInHelloGoesOnFromTheCursor() {
    try (RawClient first = client(user);
        RawClient second = RawClient.silent(running.ws(), running.token(user))) {
      JsonNode ok = sent(first, "/words 100");
      await().until(() -> first.text().length() > 50);
      JsonNode delta = first.frames("delta").getLast();
      String seen = first.text();
      JsonNode welcome =
          second.ask(
              "h",
              "{\"t\":\"hello\",\"id\":\"h\",\"resume\":[{\"job\":%s,\"log\":%s,\"after\":%s}]}"
                  .formatted(ok.path("job"), ok.path("log"), delta.path("seq")));
      assertThat(welcome.at("/resumed/0/job")).isEqualTo(ok.path("job"));
      await().until(() -> first.ends() == 1 && second.ends() == 1);
      int from = delta.path("off").asInt() + delta.path("d").asText().length();
      assertThat(seen).hasSizeGreaterThanOrEqualTo(from);
      if (second.frames("snap").isEmpty()) {
        assertThat(first.text().substring(from)).isEqualTo(second.text());
      } else {
        assertThat(second.text()).isEqualTo(first.text());
      }
    }
  }

  @Test
  void tokenOfSomebodyElseEndsTheConnection() {
    try (RawClient client = client(user)) {
      client.send(
          "{\"t\":\"auth\",\"id\":\"1\",\"token\":\"" + running.token(UUID.randomUUID()) + "\"}");
      assertThat(client.closeCode()).isEqualTo(Close.FORBIDDEN.code());
    }
  }

  @Test
  void unwatchedJobIsHeardOfNoMore() {
    try (RawClient client = client(user);
        RawClient other = client(user)) {
      String job = sent(client, "/words 100").path("job").asText();
      await().until(() -> client.text().length() > 20);
      client.ask("7", about("unwatch", "7", job));
      int heard = client.frames("delta").size();
      other.send(about("watch", "8", job));
      await().until(() -> other.ends() == 1);
      assertThat(client.frames("delta").size()).isEqualTo(heard);
      assertThat(client.ends()).isZero();
    }
  }

  private RawClient client(UUID user) {
    return RawClient.connect(running.ws(), running.token(user));
  }

  private static JsonNode sent(RawClient client, String text) {
    JsonNode ok =
        client.ask(
            "s",
            "{\"t\":\"send\",\"id\":\"s\",\"msg\":\"%s\",\"text\":\"%s\"}"
                .formatted(UUID.randomUUID(), text));
    assertThat(ok.path("t").asText()).as(ok.toString()).isEqualTo("ok");
    return ok;
  }

  private static String about(String type, String id, String job) {
    return "{\"t\":\"%s\",\"id\":\"%s\",\"job\":\"%s\"}".formatted(type, id, job);
  }

  private static String code(RawClient client, String id, String frame) {
    return client.ask(id, frame).path("code").asText();
  }

  private static boolean limited(JsonNode err) {
    return err.path("code").asText().equals("rate_limited");
  }
}
