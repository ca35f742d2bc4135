package io.grizz.launcher.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import io.grizz.launcher.LogWatch;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.gateway.SharedGrizz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/** S35 to S42: what a message may bring along, and where its text may go. */
@ExtendWith(SharedGrizz.class)
@ResourceLock("log")
class ContentSecurityTest {

  private final UUID user = UUID.randomUUID();
  private final RunningGrizz grizz;

  ContentSecurityTest(RunningGrizz grizz) {
    this.grizz = grizz;
  }

  @Test
  void S35_filesFromAnywhereButTheAllowedHostsAreRefused() {
    List<String> evil =
        List.of(
            "http://a.example/x",
            "https://evil.example/x",
            "https://user:pass@a.example/x",
            "https://a.example:8443/x",
            "https://2130706433/x",
            "https://0177.0.0.1/x",
            "https://127.1/x",
            "https://[::ffff:127.0.0.1]/x",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/x",
            "https://metadata.google.internal/x",
            "file:///etc/passwd",
            "//a.example/x",
            "https:a",
            "");
    try (RawClient client = client()) {
      for (String url : evil) {
        assertThat(
                Talk.refused(
                    client, "look", it -> it.withArray("files").addObject().put("url", url)))
            .as(url)
            .isIn("file_not_allowed", "bad_field");
      }
      assertThat(Counts.rows(grizz, user)).isZero();
    }
  }

  @Test
  void S38_signatureOfAFilesAddressIsNotLogged() {
    try (LogWatch log = LogWatch.from(Level.DEBUG);
        RawClient client = client()) {
      Talk.refused(
          client,
          "look",
          it ->
              it.withArray("files")
                  .addObject()
                  .put("url", "https://evil.example/x?token=s1gnature"));
      await().until(() -> !client.frames("err").isEmpty());
      assertThat(client.frames("err").toString()).doesNotContain("s1gnature");
      assertThat(log.lines(Level.DEBUG)).noneMatch(it -> it.contains("s1gnature"));
    }
  }

  @Test
  void S39_modelIsOneOfTheList_andOptionsAreTheKnownOnesWithinTheirBounds() {
    try (RawClient client = client()) {
      for (String model : List.of("gpt-9", "", "default ", "../default")) {
        assertThat(Talk.refused(client, "a", it -> it.put("model", model)))
            .as(model)
            .isEqualTo("model_not_allowed");
      }
      assertThat(Talk.refused(client, "a", it -> it.putObject("opts").put("temperature", 2.1)))
          .isEqualTo("bad_field");
      assertThat(Talk.refused(client, "a", it -> it.putObject("opts").put("max_output_tokens", 0)))
          .isEqualTo("bad_field");
      JsonNode ok =
          Talk.send(
              client,
              "a",
              it ->
                  it.putObject("opts")
                      .put("max_output_tokens", 2_000_000)
                      .put("tool_choice", "evil")
                      .put("n", 50));
      String payload = Counts.payload(grizz, UUID.fromString(ok.path("job").asText()));
      assertThat(payload).doesNotContain("evil", "\"n\"");
      JsonNode opts = Json.tree(payload).findPath("opts");
      assertThat(opts.path("max_output_tokens").asInt()).as(payload).isBetween(1, 32_768);
    }
  }

  @Test
  void S40_neitherPromptNorAnswerIsLogged() {
    String secret = "quince-" + UUID.randomUUID();
    try (LogWatch log = LogWatch.from(Level.INFO);
        RawClient client = client()) {
      UUID job = Talk.accepted(client, secret);
      Talk.accepted(client, "/fail 400 " + secret);
      await().until(() -> client.ends() == 2);
      assertThat(client.text().concat(client.frames().toString())).contains(secret);
      assertThat(log.lines(Level.INFO))
          .anyMatch(it -> it.contains(job.toString()))
          .noneMatch(it -> it.contains("quince"));
    }
  }

  @Test
  void S41_pagesShowTextAsText_andRunOnlyWhatIsOurs() throws IOException {
    String head = RawSocket.headOf(grizz.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    String policy =
        head.lines()
            .filter(it -> it.toLowerCase(Locale.ROOT).startsWith("content-security"))
            .findFirst()
            .orElseThrow();
    assertThat(policy)
        .contains("default-src 'self'", "connect-src 'self' ws://localhost:" + grizz.wsPort())
        .doesNotContain("unsafe", "*", "data:");
    try (Stream<Path> web = Files.walk(Path.of("src/main/resources/web"))) {
      List<Path> files = web.filter(it -> it.toString().matches(".*\\.(js|html)")).toList();
      assertThat(files).isNotEmpty();
      for (Path file : files) {
        assertThat(Files.readString(file))
            .as(file.toString())
            .doesNotContainPattern(
                "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|new Function");
      }
    }
  }

  private RawClient client() {
    return RawClient.connect(grizz.ws(), grizz.token(user));
  }
}
