package io.grizz.launcher.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CompileTimeConstant;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.grizz.api.ChatRecord.Message;
import io.grizz.api.ChatRecord.Window;
import io.grizz.json.Json;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.gateway.RunningGrizz;
import io.grizz.launcher.gateway.SharedGrizz;
import io.grizz.launcher.offline.OfflineAnswer;
import io.grizz.postgres.Session;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.Jedis;

/** S20 to S27: what belongs to one user does not exist for another. */
@ExtendWith(SharedGrizz.class)
class TenancySecurityTest {

  private static final Window ALL = new Window(40, 100_000);

  private final UUID user = UUID.randomUUID();
  private final UUID stranger = UUID.randomUUID();
  private final HttpClient http = HttpClient.newHttpClient();
  private final RunningGrizz grizz;

  TenancySecurityTest(RunningGrizz grizz) {
    this.grizz = grizz;
  }

  @AfterEach
  void hangUp() {
    http.close();
  }

  @Test
  void S20_messageToAConversationOfSomebodyElseIsForbidden_andLeavesNothingBehind()
      throws Exception {
    String conversation = get("/api/conversations/today", user).path("id").asText();
    try (RawClient client = client(stranger)) {
      JsonNode err = send(client, "hello", it -> it.put("conv", conversation));
      assertThat(err.path("code").asText()).isEqualTo("forbidden");
    }
    assertThat(get("/api/conversations/" + conversation + "/messages", user).path("items"))
        .isEmpty();
    assertThat(Counts.rows(grizz, stranger)).isZero();
    assertThat(grizz.grizz.queue().stats().waiting()).isZero();
  }

  @Test
  void S21_jobOfSomebodyElseIsAsUnknownAsNone() throws Exception {
    try (RawClient owner = client(user);
        RawClient other = client(stranger)) {
      String job = send(owner, "/words 200", it -> {}).path("job").asText();
      String none = UUID.randomUUID().toString();
      for (String type : List.of("watch", "cancel")) {
        ObjectNode theirs = (ObjectNode) other.ask(type, about(type, job));
        assertThat(theirs.path("code").asText()).isEqualTo("job_unknown");
        String id = type + "-none";
        JsonNode missing =
            other.ask(id, about(type, none).replace("\"id\":\"" + type, "\"id\":\"" + id));
        assertThat(theirs.put("re", id)).as(type + " answers the same").isEqualTo(missing);
      }
      for (String method : List.of("GET", "DELETE")) {
        HttpResponse<String> theirs = http(method, "/v1/jobs/" + job, stranger, "");
        HttpResponse<String> missing = http(method, "/v1/jobs/" + none, stranger, "");
        assertThat(theirs.statusCode()).isEqualTo(404);
        assertThat(theirs.body()).contains("job_unknown").isEqualTo(missing.body());
      }
      try (RawClient resumes = RawClient.silent(grizz.ws(), grizz.token(stranger))) {
        ObjectNode hello = Json.object().put("t", "hello").put("id", "h");
        hello.putArray("resume").addObject().put("job", job).put("log", "x").put("after", 0);
        assertThat(resumes.ask("h", Json.write(hello)).path("resumed")).isEmpty();
        await().until(() -> owner.ends() == 1);
        assertThat(owner.text()).isEqualTo(OfflineAnswer.to("/words 200", 0));
        assertThat(resumes.frames()).hasSize(1);
      }
    }
  }

  @Test
  void S23_userThatAClientNamesIsIgnored() throws Exception {
    try (RawClient client = RawClient.silent(grizz.ws(), grizz.token(user))) {
      ObjectNode hello = Json.object().put("t", "hello").put("id", "h");
      hello.put("user", stranger.toString()).put("sub", stranger.toString());
      assertThat(client.ask("h", Json.write(hello)).path("user").asText())
          .isEqualTo(user.toString());
      JsonNode ok =
          send(
              client,
              "hello",
              it -> it.put("user", stranger.toString()).put("user_id", stranger.toString()));
      UUID job = UUID.fromString(ok.path("job").asText());
      assertThat(grizz.chats.record().job(user, job)).isPresent();
      assertThat(grizz.chats.record().job(stranger, job)).isEmpty();
    }
    ObjectNode job = Json.object().put("type", "greet").put("user", stranger.toString());
    job.putObject("payload").put("user", stranger.toString());
    String id =
        Json.tree(http("POST", "/v1/jobs?user=" + stranger, user, Json.write(job)).body())
            .path("id")
            .asText();
    assertThat(http("GET", "/v1/jobs/" + id, user, "").statusCode()).isEqualTo(200);
    assertThat(http("GET", "/v1/jobs/" + id, stranger, "").statusCode()).isEqualTo(404);
  }

  @Test
  void S24_contextOfAnAnswerIsAskedForInItsUsersName() {
    try (RawClient client = client(user)) {
      send(client, "first", it -> {});
      await().until(() -> client.ends() == 1);
      UUID job = UUID.fromString(send(client, "second", it -> {}).path("job").asText());
      await().until(() -> client.ends() == 2);
      assertThat(grizz.chats.record().history(user, job, ALL))
          .extracting(Message::text)
          .containsExactly("first", OfflineAnswer.to("first", 0));
      assertThat(grizz.chats.record().history(stranger, job, ALL)).isEmpty();
    }
  }

  @Test
  void S25_idsOfJobsAreTheServersOwn_andAMessageKeyIsItsUsersOwn() {
    String message = UUID.randomUUID().toString();
    try (RawClient mine = client(user);
        RawClient theirs = client(stranger)) {
      JsonNode first = send(mine, "mine", it -> it.put("msg", message).put("job", message));
      JsonNode second = send(theirs, "theirs", it -> it.put("msg", message));
      assertThat(List.of(first, second)).noneMatch(it -> it.path("dup").asBoolean());
      assertThat(first.path("job")).isNotEqualTo(second.path("job"));
      assertThat(UUID.fromString(first.path("job").asText()).version()).isEqualTo(7);
      await().until(() -> mine.ends() == 1 && theirs.ends() == 1);
      assertThat(theirs.text()).contains("theirs").doesNotContain("mine");
    }
  }

  @Test
  void S26_noNameInRedisIsMadeOfWhatAClientWrites() throws Exception {
    List<String> evil =
        List.of("x{y}z", "a\nb", "*", "grizz:control", user + "}:job:" + stranger, "\u0000");
    try (RawClient client = client(user)) {
      int[] id = {0};
      for (String name : evil) {
        for (String field : List.of("job", "conv", "msg", "log", "model", "id")) {
          ObjectNode frame = Json.object().put("t", field.equals("log") ? "watch" : "send");
          frame.put("msg", UUID.randomUUID().toString()).put("text", name);
          frame.put("job", UUID.randomUUID().toString()).put("id", "e" + id[0]++);
          client.send(Json.write(frame.put(field, name)));
        }
      }
      await().until(() -> client.frames().size() > 1);
    }
    for (String name : evil) {
      ObjectNode job = Json.object().put("type", "greet").put("idempotency_key", name);
      assertThat(http("POST", "/v1/jobs", user, Json.write(job)).statusCode()).isIn(202, 400);
      assertThat(http("POST", "/v1/jobs", user, Json.write(job.put("type", name))).statusCode())
          .isIn(400, 403);
    }
    String uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    Pattern ours =
        Pattern.compile(
            "grizz:\\{(grizz|by-hand-[0-9a-f]{8})}:(ready:[a-z]+|[a-z]+|job:"
                + uuid
                + "(:payload)?|out:"
                + uuid
                + ":[a-z0-9]{1,16}|idem:[0-9a-f]{64}|turn:[a-z-]+)");
    try (Jedis redis = new Jedis(grizz.redis.uri())) {
      Set<String> keys = redis.keys("*");
      assertThat(keys).isNotEmpty().allMatch(key -> ours.matcher(key).matches());
      assertThat(redis.pubsubChannels("*"))
          .isNotEmpty()
          .allMatch(it -> it.matches("grizz:(control|(user|probe):" + uuid + ")"));
    }
  }

  @Test
  void S27_statementsAreConstants_andOneClassPreparesThem() {
    JavaClasses core =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.grizz");
    assertThat(
            core.stream()
                .flatMap(it -> it.getMethodCallsFromSelf().stream())
                .filter(it -> it.getTargetOwner().isAssignableTo(Connection.class))
                .filter(it -> it.getName().matches("prepare.*|createStatement|nativeSQL"))
                .map(it -> it.getOriginOwner().getName())
                .distinct())
        .containsExactly(Session.class.getName());
    Stream<JavaMethod> doors =
        core.get(Session.class).getMethods().stream()
            .filter(it -> it.getModifiers().toString().contains("PUBLIC"));
    assertThat(doors)
        .isNotEmpty()
        .allMatch(it -> it.getParameters().getFirst().isAnnotatedWith(CompileTimeConstant.class));
  }

  private RawClient client(UUID who) {
    return RawClient.connect(grizz.ws(), grizz.token(who));
  }

  private static JsonNode send(RawClient client, String text, Consumer<ObjectNode> more) {
    String id = UUID.randomUUID().toString();
    ObjectNode frame = Json.object().put("t", "send").put("id", id).put("text", text);
    frame.put("msg", UUID.randomUUID().toString());
    more.accept(frame);
    return client.ask(id, Json.write(frame));
  }

  private static String about(String type, String job) {
    return Json.write(Json.object().put("t", type).put("id", type).put("job", job));
  }

  private JsonNode get(String path, UUID who) throws IOException, InterruptedException {
    return Json.tree(http("GET", path, who, "").body());
  }

  private HttpResponse<String> http(String method, String path, UUID who, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(grizz.http(path))
            .header("Authorization", "Bearer " + grizz.token(who))
            .method(method, BodyPublishers.ofString(body))
            .build();
    return http.send(request, BodyHandlers.ofString());
  }
}
