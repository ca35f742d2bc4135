package io.grizz.launcher.web;

import static org.awaitility.Awaitility.await;

import io.grizz.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A headless Chromium with a profile of its own; its tabs share what a browser's tabs share. */
final class Chromium implements AutoCloseable {

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final List<ChromiumPage> tabs = new ArrayList<>();
  private final String port;

  Chromium(Path profile) throws IOException {
    List<String> command = new ArrayList<>(List.of(installed().orElseThrow(), "--headless"));
    command.addAll(List.of("--no-first-run", "--disable-gpu", "--disable-background-networking"));
    command.addAll(List.of("--remote-debugging-port=0", "--user-data-dir=" + profile));
    if (System.getProperty("user.name").equals("root")) {
      command.add("--no-sandbox"); // its sandbox refuses to be root
    }
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    Path file = profile.resolve("DevToolsActivePort");
    await().atMost(20, TimeUnit.SECONDS).until(() -> Files.exists(file) && Files.size(file) > 0);
    port = Files.readAllLines(file).getFirst();
  }

  static Optional<String> installed() {
    return NAMES.stream().filter(ClientScriptTest::onPath).findFirst();
  }

  /** Opens one more tab; it closes with the browser. */
  ChromiumPage tab() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/new"))
            .PUT(BodyPublishers.noBody())
            .build();
    String target = http.send(request, BodyHandlers.ofString()).body();
    ChromiumPage tab =
        new ChromiumPage(URI.create(Json.tree(target).path("webSocketDebuggerUrl").asText()));
    tabs.add(tab);
    return tab;
  }

  @Override
  public void close() {
    tabs.forEach(ChromiumPage::close);
    http.close();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
  }
}
