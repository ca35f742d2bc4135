package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every route, asked rightly and wrongly. */
@ExtendWith(SharedGrizz.class)
class HttpTest {

  private static final UUID USER = UUID.randomUUID();

  private final RunningGrizz running;
  private final HttpClient http;

  HttpTest(RunningGrizz running, HttpClient http) {
    this.running = running;
    this.http = http;
  }

  @Test
  void developmentTokenIsGivenOnThisMachine() throws Exception {
    JsonNode given = Json.tree(raw("POST /dev/token", "Host: localhost:" + running.port));
    assertThat(running.tokens.verify(given.path("token").asText()).orElseThrow().user())
        .hasToString(given.path("user").asText());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: evil.example",
        "Host: localhost:1",
        "Host: localhost:PORT\r\nOrigin: http://evil.example",
        "Host: localhost:PORT\r\nOrigin: null",
        "Host: localhost:PORT\r\nX-Forwarded-For: 127.0.0.1",
        "Host: localhost:PORT\r\nForwarded: for=127.0.0.1",
      })
  void developmentTokenIsAsIfItWereNotThereForOthers(String headers) throws Exception {
    String answer = whole("POST /dev/token", headers.replace("PORT", String.valueOf(running.port)));
    assertThat(answer).startsWith("HTTP/1.1 404").doesNotContain("token\":");
  }

  @Test
  void jobOfAnOfferedTypeIsAcceptedOnceAndFoundByItsUserOnly() throws Exception {
    String body = "{\"type\":\"greet\",\"payload\":{\"n\":1},\"idempotency_key\":\"k\"}";
    HttpResponse<String> first = post("/v1/jobs", body);
    HttpResponse<String> again = post("/v1/jobs", body);
    assertThat(first.statusCode()).isEqualTo(202);
    assertThat(again.statusCode()).isEqualTo(200);
    String id = Json.tree(first.body()).path("id").asText();
    assertThat(Json.tree(again.body()).path("id").asText()).isEqualTo(id);
    assertThat(post("/v1/jobs", body.replace("1}", "2}")).statusCode()).isEqualTo(409);

    JsonNode job = Json.tree(get("/v1/jobs/" + id, USER).body());
    assertThat(job.path("state").asText()).isIn("queued", "running");
    problem(get("/v1/jobs/" + id, UUID.randomUUID()), 404, "job_unknown");
    assertThat(send("DELETE", "/v1/jobs/" + id, "").statusCode()).isEqualTo(200);
    assertThat(send("DELETE", "/v1/jobs/" + id, "").statusCode()).isEqualTo(200);
    assertThat(Json.tree(get("/v1/jobs/" + id, USER).body()).path("state").asText())
        .isEqualTo("cancelled");
  }

  @Test
  void conversationIsMadeNamedAndDeletedByItsOwnerOnly() throws Exception {
    HttpResponse<String> made =
        post("/api/conversations", "{\"title\":\"A trip\",\"tz\":\"Asia/Tokyo\"}");
    assertThat(made.statusCode()).isEqualTo(201);
    String path = "/api/conversations/" + Json.tree(made.body()).path("id").asText();
    assertThat(Json.tree(made.body()).path("user_tz").asText()).isEqualTo("Asia/Tokyo");
    assertThat(send("PATCH", path, "{\"title\":\"Two trips\"}").statusCode()).isEqualTo(200);
    assertThat(get("/api/conversations", USER).body()).contains("Two trips");
    problem(send("PATCH", path, "{}"), 400, "bad_field");
    problem(get(path + "/messages", UUID.randomUUID()), 404, "conv_not_found");

    assertThat(send("DELETE", path, "").statusCode()).isEqualTo(204);
    problem(send("DELETE", path, ""), 404, "conv_not_found");
    problem(get(path + "/messages", USER), 404, "conv_not_found");
  }

  @Test
  void usageIsToldByDay() throws Exception {
    UUID user = UUID.randomUUID();
    assertThat(Json.tree(get("/api/usage", user).body()))
        .isEqualTo(Json.tree("{\"items\":[],\"left_today\":null}"));
    problem(get("/api/usage?from=yesterday", user), 400, "bad_field");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "403|forbidden|{'type':'chat','payload':{}}",
        "403|forbidden|{'type':'shell'}",
        "400|bad_json|{",
        "400|bad_json|[]",
        "400|bad_field|{}",
        "400|bad_field|{'type':7}",
        "400|bad_field|{'type':'greet','priority':'urgent'}",
        "400|bad_field|{'type':'greet','run_at':'soon'}",
        "400|bad_field|{'type':'greet','idempotency_key':''}",
      })
  void badJobIsRefused(int status, String code, String body) throws Exception {
    problem(post("/v1/jobs", body.replace('\'', '"')), status, code);
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/jobs/x,404,job_unknown",
    "/v1/jobs/6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11,404,job_unknown",
    "/api/conversations/x/messages,404,conv_not_found",
    "/api/conversations/6f1c2e4e-8d0b-4c57-9a43-0d6f7b1f2a11/messages,404,conv_not_found",
    "/api/conversations?limit=0,400,bad_field",
    "/api/conversations?before=now,400,bad_field",
    "/nowhere,404,not_found",
    "/../grizz.properties,404,not_found",
    "/api,404,not_found",
  })
  void badAddressIsAProblem(String path, int status, String code) throws Exception {
    String answer = whole("GET " + path, "Authorization: Bearer " + running.token(USER));
    assertThat(answer).startsWith("HTTP/1.1 " + status).contains("application/problem+json");
    assertThat(answer).contains("\"code\":\"" + code + '"');
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/conversations", "/api/conversations/today", "/v1/jobs/x"})
  void withoutATokenNothingIsTold(String path) throws Exception {
    HttpResponse<String> response =
        http.send(HttpRequest.newBuilder(running.http(path)).build(), BodyHandlers.ofString());
    problem(response, 401, "unauthenticated");
    assertThat(response.headers().firstValue("WWW-Authenticate")).contains("Bearer");
  }

  @Test
  void dayIsTheUsersOwnAndAnUnknownZoneIsUtc() throws Exception {
    JsonNode berlin = Json.tree(get("/api/conversations/today?tz=Europe/Berlin", USER).body());
    assertThat(berlin.path("user_tz").asText()).isEqualTo("Europe/Berlin");
    assertThat(berlin.path("conv_day").asText()).matches("\\d{4}-\\d\\d-\\d\\d");
    assertThat(get("/api/conversations/today?tz=Mars/Olympus", USER).statusCode()).isEqualTo(200);
  }

  @Test
  void bodyThatIsTooLargeIsNotRead() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), running.port)) {
      socket.setSoTimeout(5_000);
      String head =
          "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n"
              + "Authorization: Bearer "
              + running.token(USER)
              + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      byte[] answer = socket.getInputStream().readNBytes(12);
      assertThat(new String(answer, StandardCharsets.ISO_8859_1)).isEqualTo("HTTP/1.1 413");
    }
  }

  @Test
  void otherMethodIsNotAllowed() throws Exception {
    HttpResponse<String> response = send("PUT", "/v1/jobs", "{}");
    problem(response, 405, "bad_type");
    assertThat(response.headers().firstValue("Allow")).contains("POST");
    assertThat(send("HEAD", "/healthz", "").statusCode()).isEqualTo(200);
  }

  @Test
  void onlyOurPagesMayReadAnswers() throws Exception {
    String origin = "Origin: http://localhost:" + running.port;
    assertThat(whole("GET /healthz", "Host: a\r\n" + origin))
        .containsIgnoringCase("Access-Control-Allow-Origin: http://localhost:" + running.port);
    assertThat(whole("GET /healthz", "Host: a\r\nOrigin: https://evil.example"))
        .doesNotContainIgnoringCase("Access-Control-Allow-Origin");
    assertThat(whole("OPTIONS /v1/jobs", "Host: a\r\n" + origin))
        .startsWith("HTTP/1.1 204")
        .containsIgnoringCase("Access-Control-Allow-Headers: Authorization");
  }

  private static void problem(HttpResponse<String> response, int status, String code) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(Json.tree(response.body()).path("code").asText()).isEqualTo(code);
  }

  private HttpResponse<String> get(String path, UUID user) throws Exception {
    return http.send(authorized(path, user).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return send("POST", path, body);
  }

  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    HttpRequest request =
        authorized(path, USER).method(method, BodyPublishers.ofString(body)).build();
    return http.send(request, BodyHandlers.ofString());
  }

  private HttpRequest.Builder authorized(String path, UUID user) {
    URI uri = running.http(path);
    return HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + running.token(user));
  }

  /** What is answered to headers that no client library would send: without the head. */
  private String raw(String line, String headers) throws IOException {
    String answer = whole(line, headers);
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  private String whole(String line, String headers) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), running.port)) {
      socket.setSoTimeout(5_000);
      String host = headers.contains("Host:") ? "" : "Host: localhost\r\n";
      String head =
          line
              + " HTTP/1.1\r\n"
              + host
              + headers
              + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
