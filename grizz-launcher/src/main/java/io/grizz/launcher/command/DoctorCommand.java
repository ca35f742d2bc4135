package io.grizz.launcher.command;

import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Setting;
import io.grizz.launcher.settings.Settings;
import io.grizz.model.ModelConfig;
import io.grizz.postgres.PostgresConfig;
import io.grizz.postgres.PostgresInspection;
import io.grizz.redis.RedisInspection;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks whether Grizz can run here. */
@Command(name = "doctor", description = "Checks what Grizz needs, and says what to do.")
final class DoctorCommand implements Callable<Integer> {

  private static final int LEAST_JAVA = 21;
  private static final int LEAST_SECRET = 32;
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Set<Integer> REFUSED = Set.of(401, 403);

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--data", paramLabel = "DIR", description = "Where data is to be.")
  private @Nullable String data;

  @Option(names = "--port", description = "HTTP; the WebSocket has the next one.")
  private @Nullable Integer port;

  private boolean well = true;

  /** One thing that is looked at; what it returns is shown, what it throws is the remedy. */
  @FunctionalInterface
  private interface Check {
    String look() throws Exception;
  }

  @Override
  public Integer call() {
    Settings settings =
        options.flag("launch.data", "--data", data).flag("gateway.port", "--port", port).load();
    Records records = new Records(settings);
    check("java", DoctorCommand::java);
    check("data", () -> writable(Home.path(settings)));
    check("redis", () -> redis(settings, records));
    check("postgres", () -> postgres(settings, records));
    check("model", () -> model(settings, records));
    check("ports", () -> ports(settings));
    check("secret", () -> secret(settings));
    return well ? 0 : 1;
  }

  private void check(String name, Check check) {
    PrintWriter out = spec.commandLine().getOut();
    try {
      out.printf("ok    %-9s %s%n", name, check.look());
    } catch (Exception e) {
      // why: whatever is wrong here is what was asked for
      well = false;
      out.printf("FAIL  %-9s %s%n", name, e.getMessage());
    }
    out.flush();
  }

  private static String java() {
    int version = Runtime.version().feature();
    if (version < LEAST_JAVA) {
      throw new IllegalStateException(version + ": install a JDK 21 or newer");
    }
    return System.getProperty("java.version") + " in " + System.getProperty("java.home");
  }

  private static String writable(Path data) {
    Path there = data;
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (there == null || !Files.isWritable(there)) {
      throw new IllegalStateException(data + " cannot be written: choose another with --data");
    }
    return data.toString();
  }

  private static String redis(Settings settings, Records records) {
    if (settings.get("redis.url").optional().isEmpty()) {
      return "embedded, since redis.url (REDIS_URL) is not set";
    }
    return RedisInspection.inspect(records.redis()) + " at " + records.redis();
  }

  private static String postgres(Settings settings, Records records) {
    if (settings.get("database.url").optional().isEmpty()) {
      return "embedded, since database.url (DATABASE_URL) is not set";
    }
    PostgresConfig config = records.database("session.pool-size-worker");
    return PostgresInspection.inspect(config) + " at " + config;
  }

  private static String model(Settings settings, Records records)
      throws IOException, InterruptedException {
    Optional<String> url = settings.get("model.url").optional();
    if (url.isEmpty() && settings.get("model.key").optional().isEmpty()) {
      return "offline, a stand-in, since neither OPENAI_API_KEY nor OPENAI_BASE_URL is set";
    }
    ModelConfig config = records.model();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(config.uri() + "/models")).timeout(PATIENCE);
    config.key().ifPresent(key -> request.header("Authorization", "Bearer " + key));
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      int status = http.send(request.build(), BodyHandlers.discarding()).statusCode();
      if (REFUSED.contains(status)) {
        throw new IOException(
            config.uri() + " refuses the key with " + status + ": set OPENAI_API_KEY");
      }
      return records.chat().model().name() + " at " + config;
    } catch (ConnectException | HttpTimeoutException e) {
      throw new IOException("nothing answers at " + config.uri() + ": set OPENAI_BASE_URL", e);
    }
  }

  private static String ports(Settings settings) throws IOException {
    int port = Integer.parseInt(settings.get("gateway.port").text());
    String host = settings.get("gateway.host").text();
    if (settings.get("gateway.front").text().equals("true")) {
      Ports.requireFree(host, port, port);
      return port + " is free";
    }
    Ports.requireFree(host, port, port + 1);
    return port + " and " + (port + 1) + " are free";
  }

  private static String secret(Settings settings) {
    Setting secret = settings.get("auth.secret");
    if (secret.optional().isEmpty()) {
      return "Grizz's own, kept with its data: development tokens are given on this machine";
    }
    if (secret.text().getBytes(StandardCharsets.UTF_8).length < LEAST_SECRET) {
      throw new IllegalStateException("too short: set SUPABASE_JWT_SECRET to 32 bytes or more");
    }
    return "set by " + secret.origin();
  }
}
