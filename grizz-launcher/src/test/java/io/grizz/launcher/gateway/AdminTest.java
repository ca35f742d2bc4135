package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.api.Job;
import io.grizz.api.JobState;
import io.grizz.api.Receipt;
import io.grizz.json.Json;
import io.grizz.launcher.RawClient;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** What an operator sees and decides over HTTP. */
@Isolated("pauses the queue that others share")
@ExtendWith(SharedGrizz.class)
class AdminTest {

  private final RunningGrizz running;
  private final HttpClient http;

  AdminTest(RunningGrizz running, HttpClient http) {
    this.running = running;
    this.http = http;
  }

  @Test
  void queueAndItsWorkersAreShown() throws Exception {
    JsonNode queue = json(ask("GET", "/admin/queue", ""), 200);
    assertThat(queue.path("waiting").isNumber()).isTrue();
    assertThat(queue.fieldNames())
        .toIterable()
        .containsExactly(
            "waiting", "running", "scheduled", "dead", "dead_dropped", "oldest_waiting_ms");
    JsonNode workers = json(ask("GET", "/admin/workers", ""), 200);
    assertThat(workers.path("items").findValuesAsText("incarnation")).contains("worker-1-test");
  }

  @Test
  void deadLetterOfTheRecordIsShownAndBeginsANewLife() throws Exception {
    UUID user = UUID.randomUUID();
    try (RawClient client = RawClient.connect(running.ws(), running.token(user))) {
      JsonNode ok =
          client.ask(
              "1",
              "{\"t\":\"send\",\"id\":\"1\",\"msg\":\"%s\",\"text\":\"/fail 400\"}"
                  .formatted(UUID.randomUUID()));
      await().until(() -> client.ends() == 1);
      String job = ok.path("job").asText();
      JsonNode page = json(ask("GET", "/admin/dead?type=chat&code=upstream_rejected", ""), 200);
      assertThat(page.path("items").findValuesAsText("id")).contains(job);
      assertThat(page.path("items").findValuesAsText("user")).contains(user.toString());
      assertThat(page.findValues("payload")).isEmpty();
      assertThat(json(ask("GET", "/admin/dead/" + job, ""), 200).has("payload")).isTrue();

      await().until(() -> ask("POST", "/admin/dead/" + job + "/requeue", "").statusCode() == 200);
      client.send("{\"t\":\"watch\",\"id\":\"2\",\"job\":\"" + job + "\"}");
      await().until(() -> client.ends() > 1);
    }
  }

  @Test
  void deadLetterOfTheQueueAloneIsDeleted() throws Exception {
    Job job =
        running
            .grizz
            .job("odd", "{\"n\":7}")
            .with(new Job.Schedule(Optional.empty(), Optional.of(Instant.now().plusMillis(500))));
    assertThat(running.grizz.queue().enqueue(job)).isInstanceOf(Receipt.Accepted.class);
    String path = "/admin/dead/" + job.id();
    await().until(() -> ask("GET", path, "").statusCode() == 200);
    JsonNode letter = json(ask("GET", path, ""), 200);
    assertThat(letter.path("payload").asText()).isEqualTo("{\"n\":7}");
    assertThat(letter.path("reason").asText()).startsWith("unknown_type");
    assertThat(ask("DELETE", path, "").statusCode()).isEqualTo(204);
    assertThat(ask("DELETE", path, "").statusCode()).isEqualTo(404);
    assertThat(ask("POST", path + "/requeue", "").statusCode()).isEqualTo(404);
    assertThat(ask("GET", "/admin/dead/x", "").statusCode()).isEqualTo(404);
  }

  @Test
  void pauseHoldsJobsUntilItIsOver() throws Exception {
    assertThat(ask("POST", "/admin/queue/pause", "{}").statusCode()).isEqualTo(400);
    UUID user = UUID.randomUUID();
    try (RawClient client = RawClient.connect(running.ws(), running.token(user))) {
      json(ask("POST", "/admin/queue/pause", "{\"seconds\":600}"), 200);
      JsonNode ok =
          client.ask(
              "1",
              "{\"t\":\"send\",\"id\":\"1\",\"msg\":\"%s\",\"text\":\"hi\"}"
                  .formatted(UUID.randomUUID()));
      assertThat(ok.path("t").asText()).isEqualTo("ok");
      UUID job = UUID.fromString(ok.path("job").asText());
      assertThat(running.grizz.queue().find(job).orElseThrow().state()).isEqualTo(JobState.READY);
      assertThat(json(ask("GET", "/admin/queue", ""), 200).path("waiting").asInt()).isPositive();
      json(ask("POST", "/admin/queue/resume", ""), 200);
      await().until(() -> client.ends() == 1);
    }
  }

  @Test
  void kickedUserLosesTheirConnections_andNobodyElseDoes() throws Exception {
    UUID user = UUID.randomUUID();
    try (RawClient client = RawClient.connect(running.ws(), running.token(user));
        RawClient other = RawClient.connect(running.ws(), running.token(UUID.randomUUID()))) {
      await().until(() -> !client.frames("welcome").isEmpty());
      json(ask("POST", "/admin/users/" + user + "/kick", ""), 200);
      assertThat(client.closeCode()).isEqualTo(Close.FORBIDDEN.code());
      other.send("{\"t\":\"ping\",\"ts\":1}");
      await().until(() -> !other.frames("pong").isEmpty());
    }
    assertThat(ask("POST", "/admin/users/x/kick", "").statusCode()).isEqualTo(404);
  }

  @Test
  void metricsAreForThisMachine_orForTheToken() throws Exception {
    HttpRequest bare = HttpRequest.newBuilder(running.http("/metrics")).build();
    HttpResponse<String> here = http.send(bare, BodyHandlers.ofString());
    assertThat(here.body()).isEqualTo(RunningGrizz.METRICS);
    assertThat(here.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain");
    HttpRequest far =
        HttpRequest.newBuilder(running.http("/metrics"))
            .header("X-Forwarded-For", "203.0.113.9")
            .build();
    assertThat(http.send(far, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
  }

  private static JsonNode json(HttpResponse<String> response, int status) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    return Json.tree(response.body());
  }

  private HttpResponse<String> ask(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(running.http(path))
            .header("Authorization", "Bearer " + RunningGrizz.ADMIN)
            .method(method, BodyPublishers.ofString(body))
            .build();
    return http.send(request, BodyHandlers.ofString());
  }
}
