package io.grizz.launcher.command;

import io.grizz.embedded.DataDirectory;
import io.grizz.launcher.client.ChatClient;
import io.grizz.launcher.client.ChatException;
import io.grizz.launcher.gateway.Tokens;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.settings.Settings.Flag;
import io.grizz.launcher.settings.Settings.Sources;
import io.grizz.launcher.supervise.ChildSpec.Role;
import io.grizz.launcher.supervise.Incarnations;
import io.grizz.launcher.supervise.Supervisor;
import io.grizz.launcher.telemetry.Logs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * Launches Grizz on data of its own and lets it answer one message, so that each JVM meets the
 * classes of its role, and writes its {@link ClassArchive} as it ends. The start script runs it
 * once, under {@code -XX:ArchiveClassesAtExit}, which makes the launcher's own.
 */
@Command(name = "train", hidden = true, description = "Runs everything once, for fast starts.")
final class TrainCommand implements Callable<Integer> {

  private static final String QUESTION = "Is everything there?";

  @Override
  public Integer call() throws IOException, InterruptedException {
    Logs.show("WARN", "text");
    Path folder = Path.of(System.getProperty(ClassArchive.FOLDER));
    int port = Ports.freePair();
    // why so long to stop: that is when archives are written
    Settings settings =
        Settings.load(
            new Sources(
                List.of(),
                Map.of(),
                Map.of(
                    "gateway.port", new Flag(String.valueOf(port), "the training"),
                    "launch.stop", new Flag("5m", "the training"))));
    Records records = new Records(settings);
    try (DataDirectory home = DataDirectory.temporary();
        DataServices services = DataServices.of(home, settings)) {
      String secret = Home.secret(settings, home, Home.SECRET);
      Tokens tokens = new Tokens(records.auth(secret, true), InstantSource.system());
      Plan plan =
          new Plan(settings, services, home, role -> ClassArchive.in(folder, role).writing());
      services.start().join();
      Launched launched = new Launched();
      Supervisor supervisor =
          new Supervisor(
              records.supervisor(), plan.children(1), Incarnations.in(home.resolve("")), launched);
      CompletableFuture<Boolean> answered =
          launched
              .ready
              .thenApplyAsync(
                  none -> answered(port, tokens.issue(UUID.randomUUID(), Duration.ofMinutes(1))))
              .whenComplete((is, failure) -> supervisor.stop());
      int exit = supervisor.run();
      boolean all =
          Stream.of(Role.values()).allMatch(role -> ClassArchive.in(folder, role).exists());
      return exit == 0 && answered.getNow(false) && all ? 0 : 1;
    }
  }

  private static boolean answered(int port, String token) {
    URI socket = URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
    try (ChatClient client = new ChatClient(socket, () -> token, RandomGenerator.getDefault())) {
      visit(port, token);
      return client.ask(QUESTION, Optional.empty(), new Nobody()).kind().equals("done");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ChatException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  private static void visit(int port, String token) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (String path :
          List.of("/", "/client-config", "/readyz", "/metrics", "/api/conversations/today")) {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        http.send(
            HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token).build(),
            BodyHandlers.discarding());
      }
    }
  }

  /** Is told that all processes can work, and shows nothing else but the supervisor's own words. */
  private static final class Launched implements Supervisor.Console {
    private final CompletableFuture<Void> ready = new CompletableFuture<>();

    @Override
    public void ready() {
      ready.complete(null);
    }

    @Override
    public void log(String child, String line) {}

    @Override
    public void say(String line) {
      System.err.println(line);
    }
  }

  /** Reads nothing. */
  private static final class Nobody implements ChatClient.Reader {
    @Override
    public void text(String delta) {}

    @Override
    public void restarted(int attempt) {}

    @Override
    public void waiting(String why, Duration pause) {}
  }
}
