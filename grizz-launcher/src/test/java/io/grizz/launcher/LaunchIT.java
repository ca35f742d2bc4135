package io.grizz.launcher;

import static io.grizz.launcher.LaunchedGrizz.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.json.Json;
import io.grizz.launcher.LaunchedGrizz.Ran;
import io.grizz.launcher.offline.OfflineAnswer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code grizz launch} from its first start to its last, as the one who starts it sees it. */
class LaunchIT {

  @TempDir private Path directory;

  @Test
  void launcherIsKilled_childrenEnd_andTheNextStartFindsAllData() throws Exception {
    UUID user = UUID.randomUUID();
    int port = FreePorts.pair();
    LaunchedGrizz first = LaunchedGrizz.start(directory, port);
    assertThat(first.out())
        .matches(
            "READY http=http://127\\.0\\.0\\.1:%d ws=ws://127\\.0\\.0\\.1:%d/v1/ws workers=2 ms=\\d+\n"
                .formatted(port, port + 1));
    assertThat(first.err()).contains("redis", "postgres", "model", "embedded", "offline");
    assertThat(chat(first, "remember me")).isEqualTo(OfflineAnswer.to("remember me", 0) + "\n");
    String token = first.token(user);

    Path memory = Path.of("/proc/" + first.process("web").pid() + "/maps");
    assertThat(Files.notExists(memory) || Files.readString(memory).contains("/lib/web."))
        .as("the class archive of its role is in use")
        .isTrue();

    List<ProcessHandle> all = first.all();
    assertThat(all).hasSizeGreaterThan(6);
    first.kill();
    await()
        .atMost(10, TimeUnit.SECONDS)
        .untilAsserted(() ->
            assertThat(all.stream().filter(LaunchIT::runs).map(ProcessHandle::info)).isEmpty());

    try (LaunchedGrizz second = LaunchedGrizz.start(directory, port)) {
      assertThat(second.token(user)).as("made with the same secret").isNotEqualTo("");
      assertThat(second.texts(token, "user")).isEmpty();
      assertThat(chat(second, "and?")).isEqualTo(OfflineAnswer.to("and?", 2) + "\n");

      inUse(second);
      toolsBeside(second);
      operatorsView(second);
      List<ProcessHandle> again = second.all();
      assertThat(second.interrupt()).isZero();
      assertThat(again).noneMatch(LaunchIT::runs);
      assertThat(second.out().lines()).as("lines on stdout").hasSize(1);
    }
  }

  /** What is looked at and changed in the database of a Grizz that runs. */
  private static void toolsBeside(LaunchedGrizz grizz) throws Exception {
    String data = grizz.data.toString();
    String user = Files.readString(grizz.data.resolve("chat.user")).strip();
    assertThat(run("migrate", "--data", data).out()).isEqualTo("nothing to do\n");
    assertThat(run("usage", "--data", data).out().lines().filter(line -> line.contains(user)))
        .as("days on which the user of this terminal was answered")
        .isNotEmpty();
    Ran forgotten = run("forget", user, "--yes", "--data", data);
    assertThat(forgotten.exit()).as(forgotten.err()).isZero();
    assertThat(run("usage", "--json", "--user", user, "--data", data).out()).isEmpty();
  }

  /** What the operator sees of all processes. */
  private static void operatorsView(LaunchedGrizz grizz) throws Exception {
    String token = run("token", "--admin", "--data", grizz.data.toString()).out().strip();
    assertThat(grizz.get(token, "/admin/workers"))
        .contains("\"incarnation\":\"worker-1-", "\"web\":\"running\"");
    assertThat(grizz.get(token, "/metrics"))
        .contains(
            "grizz_queue_up{process=\"web\"} 1.0",
            "grizz_worker_jobs{process=\"web\",worker=\"worker-2\"} 0.0",
            "grizz_process_up{process=\"worker-2\"} 1.0",
            "grizz_sessions_most{process=\"web\"} 4.0",
            "grizz_redis_connections{pool=\"queue\",process=\"web\",state=\"idle\"}",
            "grizz_gateway_connections");
    await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() ->
            assertThat(grizz.get(token, "/metrics"))
                .contains(ofWorker("grizz_sessions", "active"))
                .contains(ofWorker("grizz_sessions", "idle"))
                .contains(ofWorker("grizz_sessions", "waited_for"))
                .contains("grizz_jobs_running{process=\"worker-1\"} 0.0")
                .contains("grizz_jobs_running{process=\"worker-2\"} 0.0")
                .contains("pool=\"queue\",process=\"worker-1\",state=\"active\"}")
                .containsPattern("grizz_job_run_seconds_count\\{process=\"worker-[12]\".*} [1-9]")
                .containsPattern(
                    "gen_ai_client_token_usage_sum\\{.*token_type=\"output\".*} [1-9]"));
    assertThat(grizz.get("wrong", "/admin/workers")).contains("unauthenticated");
  }

  private static String ofWorker(String name, String state) {
    return name + "{process=\"worker-1\",state=\"" + state + "\"} ";
  }

  /** A second Grizz on the same data, or on the same port, says what to do. */
  private static void inUse(LaunchedGrizz grizz) throws Exception {
    Ran same = run("launch", "--data", grizz.data.toString(), "--port", "1");
    assertThat(same.exit()).isEqualTo(1);
    assertThat(same.err()).contains("in use by another Grizz", "--data");
  }

  @Test
  void portTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      Ran ran = run("launch", "--data", directory + "/data", "--port", port);
      assertThat(ran.exit()).isEqualTo(1);
      assertThat(ran.err()).contains("port " + port + " is taken", "--port");
      assertThat(ran.out()).isEmpty();
    }
  }

  // why: an orphan that ended counts as alive until init buries it, but has no command any more
  private static boolean runs(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  @Test
  void logIsJsonLines_ifAsked() throws Exception {
    try (LaunchedGrizz grizz =
        LaunchedGrizz.start(directory, FreePorts.pair(), "--json", "--workers", "1")) {
      assertThat(chat(grizz, "hello")).isNotEmpty();
      Ran refused = ask(grizz, "/fail 400");
      assertThat(refused.exit()).isEqualTo(1);
      assertThat(refused.err()).contains("The model refused the request.", "(upstream_rejected)");
      assertThat(grizz.interrupt()).isZero();
      Predicate<String> startScript = line -> line.startsWith("grizz: ");
      assertThat(grizz.err().lines().dropWhile(startScript).map(Json::fields))
          .isNotEmpty()
          .allSatisfy(line -> assertThat(line.text("process")).isPresent())
          .anySatisfy(line -> {
            assertThat(line.text("process")).contains("worker-1");
            assertThat(line.text("formattedMessage").orElse("")).contains("chat completed in");
            assertThat(line.fields("mdc").uuid("conversation")).isPresent();
          });
    }
  }

  private static String chat(LaunchedGrizz grizz, String text) throws Exception {
    Ran ran = ask(grizz, text);
    assertThat(ran.exit()).as(ran.err()).isZero();
    return ran.out();
  }

  private static Ran ask(LaunchedGrizz grizz, String text) throws Exception {
    return run(
        "chat",
        "--once",
        text,
        "--data",
        grizz.data.toString(),
        "--set",
        "gateway.port=" + grizz.port);
  }
}
