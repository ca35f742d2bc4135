package io.grizz.launcher.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A Grizz of another process, on data that go with it. */
final class ChildGrizz implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 40;

  /** What it may know of our surroundings: nobody's Redis, database or model. */
  private static final Set<String> ENVIRONMENT =
      Set.of("PATH", "HOME", "LANG", "TMPDIR", "GRIZZ_REDIS_SERVER");

  /** All clients come from this machine, and at once. */
  private static final List<String> MANY_CLIENTS =
      List.of(
          "--set", "gateway.connections-per-address=100000",
          "--set", "gateway.connections=100000",
          "--set", "gateway.accepts=100000");

  private final Process process;
  private final Path data;
  private final int http;

  private ChildGrizz(Process process, Path data, int http) {
    this.process = process;
    this.data = data;
    this.http = http;
  }

  /** Starts one, and waits until it is ready. */
  static ChildGrizz start(
      List<String> command, List<String> options, Map<String, String> environment)
      throws IOException {
    Path data = Files.createTempDirectory("grizz-bench");
    int port = FreePort.pair();
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("--set", "launch.data=" + data, "--set", "gateway.port=" + port));
    words.addAll(List.of("--set", "log.level=WARN"));
    words.addAll(MANY_CLIENTS);
    words.addAll(options);
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().retainAll(ENVIRONMENT);
    builder.environment().putAll(environment);
    ChildGrizz child = new ChildGrizz(builder.start(), data, port);
    BufferedReader said = child.process.inputReader();
    for (String line = said.readLine();
        line == null || !line.startsWith("READY");
        line = said.readLine()) {
      if (line == null) {
        child.close();
        throw new IOException("Grizz ended before it was ready");
      }
    }
    Thread.ofVirtual().name("grizz-bench-child").start(() -> said.lines().forEach(line -> {}));
    return child;
  }

  /** The port of the WebSocket. */
  int port() {
    return http + 1;
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Files.walkFileTree(
        data,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
