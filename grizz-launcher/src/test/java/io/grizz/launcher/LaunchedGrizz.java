package io.grizz.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.embedded.RunningServers;
import io.grizz.json.Json;
import io.grizz.launcher.client.ChatClient;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;

/** The finished distribution, started as a user starts it: {@code bin/grizz launch}. */
public final class LaunchedGrizz implements AutoCloseable {

  private static final Duration READY_WITHIN = Duration.ofSeconds(40);
  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(30);

  public final int port;
  public final Path data;
  private final Process process;
  private final Path out;
  private final Path err;
  private final HttpClient http = HttpClient.newHttpClient();

  private LaunchedGrizz(Path directory, int port, Process process) {
    this.port = port;
    this.data = directory.resolve("data");
    this.out = directory.resolve("out");
    this.err = directory.resolve("err");
    this.process = process;
  }

  /** Starts one whose data is in a directory, and waits until it is ready. */
  public static LaunchedGrizz start(Path directory, int port, String... options)
      throws IOException {
    return start(directory, port, Map.of(), options);
  }

  /** The same, with these variables besides. */
  public static LaunchedGrizz start(
      Path directory, int port, Map<String, String> environment, String... options)
      throws IOException {
    List<String> words = new ArrayList<>(List.of("launch", "--data", directory + "/data"));
    words.addAll(List.of("--port", String.valueOf(port)));
    words.addAll(options.length == 0 ? List.of("--workers", "2") : List.of(options));
    ProcessBuilder builder = command(words.toArray(String[]::new));
    builder.environment().putAll(environment);
    Process process =
        builder
            .redirectOutput(directory.resolve("out").toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    LaunchedGrizz grizz = new LaunchedGrizz(directory, port, process);
    await()
        .atMost(READY_WITHIN)
        .failFast(() -> assertThat(process.isAlive()).as(grizz.err()).isTrue())
        .until(() -> !grizz.out().isEmpty());
    return grizz;
  }

  /** A command line of the distribution; signals as a terminal would leave them. */
  public static ProcessBuilder command(String... arguments) throws IOException {
    List<String> words = new ArrayList<>();
    if (new File("/usr/bin/setsid").exists()) {
      words.addAll(List.of("env", "--default-signal=INT,TERM")); // a shell's & ignores SIGINT
    }
    words.add(home().resolve("bin/grizz").toString());
    words.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().put("GRIZZ_JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  /** How a command line ended, and what it said. */
  public record Ran(int exit, String out, String err) {}

  /** Runs a command line with nothing to read. */
  public static Ran run(String... arguments) throws IOException, InterruptedException {
    return run(Map.of(), arguments);
  }

  public static Ran run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder builder = command(arguments);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Ran(process.waitFor(), out, err);
  }

  /** The process of a name, such as {@code web} or {@code worker-2}. */
  public ProcessHandle process(String name) {
    return process
        .descendants()
        .filter(each -> each.info().commandLine().orElse("").contains("-Dgrizz.process=" + name))
        .findAny()
        .orElseThrow(() -> new AssertionError("no process " + name + "; the log says: " + err()));
  }

  /** Kills the process of a name, unless it is down already. */
  public void killIfThere(String name) {
    process
        .descendants()
        .filter(each -> each.info().commandLine().orElse("").contains("-Dgrizz.process=" + name))
        .forEach(ProcessHandle::destroyForcibly);
  }

  /** The terminal events of all logs that a job ever had, as Redis keeps them. */
  List<String> ends(UUID job) {
    URI redis = RunningServers.redis(data.resolve("redis")).orElseThrow();
    try (RedisClient client = RedisClient.create(redis)) {
      return client.keys("grizz:{grizz}:out:" + job + ":*").stream()
          .flatMap(log -> client.xrange(log, (StreamEntryID) null, null).stream())
          .flatMap(entry -> entry.getFields().values().stream())
          .map(frame -> Json.tree(frame).path("t").asText())
          .filter(Set.of("done", "failed", "cancelled")::contains)
          .toList();
    }
  }

  /** The server that holds the queue. */
  public ProcessHandle redis() {
    return process
        .descendants()
        .filter(each -> each.info().command().orElse("").contains("redis-server"))
        .findAny()
        .orElseThrow();
  }

  public List<ProcessHandle> all() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }

  void kill() {
    process.destroyForcibly();
  }

  /** Ctrl-C. Returns the exit code. */
  int interrupt() throws IOException, InterruptedException {
    return signal("-INT");
  }

  /** What a service manager sends. Returns the exit code. */
  int terminate() throws IOException, InterruptedException {
    return signal("-TERM");
  }

  private int signal(String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", signal, String.valueOf(process.pid())).start().waitFor();
    if (!process.waitFor(STOPPED_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still there after " + STOPPED_WITHIN + ": " + err());
    }
    return process.exitValue();
  }

  public ChatClient client(String token) {
    return new ChatClient(ws(), () -> token, RandomGenerator.getDefault());
  }

  public URI ws() {
    return URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
  }

  /** A token, as {@code grizz token} prints it. */
  public String token(UUID user) throws IOException, InterruptedException {
    Ran ran = run("token", "--user", user.toString(), "--data", data.toString());
    assertThat(ran.exit()).as(ran.err()).isZero();
    return ran.out().strip();
  }

  /** Texts of the day's conversation by one role. */
  public List<String> texts(String token, String role) throws IOException, InterruptedException {
    JsonNode day = Json.tree(get(token, "/api/conversations/today"));
    JsonNode page =
        Json.tree(get(token, "/api/conversations/" + day.path("id").asText() + "/messages"));
    List<String> texts = new ArrayList<>();
    for (JsonNode item : page.path("items")) {
      if (item.path("role").asText().equals(role)) {
        texts.add(item.path("content").asText());
      }
    }
    return texts;
  }

  public String out() {
    return read(out);
  }

  public String err() {
    return read(err);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    http.close();
    try {
      if (process.isAlive()) {
        interrupt();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** What is answered to whoever shows this token. */
  public String get(String token, String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token).build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  /** Where the distribution is. */
  static Path home() throws IOException {
    try (Stream<Path> built = Files.list(Path.of("target"))) {
      return built
          .filter(each -> Files.isExecutable(each.resolve("bin/grizz")))
          .findAny()
          .orElseThrow(() -> new AssertionError("there is no distribution: run mvn package"))
          .toAbsolutePath();
    }
  }
}
