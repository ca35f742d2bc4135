package io.grizz.launcher.bench;

import io.grizz.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** A {@link BenchWorker}, seen from here. */
final class ChildWorker implements AutoCloseable {

  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s*(\\d+) kB");
  private static final double KILOBYTES_PER_MEGABYTE = 1024;

  private final String incarnation = "bench-" + UUID.randomUUID();
  private final Process process;
  private final Writer orders;

  private ChildWorker(Process process) {
    this.process = process;
    this.orders = process.outputWriter();
  }

  /** Starts one, as {@code grizz launch} starts its workers, and waits until it is ready. */
  static ChildWorker start(Bench bench, String queue, int concurrency) throws IOException {
    ChildWorker child =
        new ChildWorker(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xss512k",
                    "-Xmx192m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    BenchWorker.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    child.tell(
        Json.write(
            Json.object()
                .put("redis", bench.redis().toString())
                .put("queue", queue)
                .put("incarnation", child.incarnation)
                .put("concurrency", concurrency)));
    BufferedReader said = child.process.inputReader();
    for (String line = said.readLine(); !"READY".equals(line); line = said.readLine()) {
      if (line == null) {
        throw new IOException("the worker process ended before it was ready");
      }
    }
    return child;
  }

  /** The name that its leases carry. */
  String incarnation() {
    return incarnation;
  }

  /** Lets it take jobs. */
  void go() throws IOException {
    tell("go");
  }

  /** The most memory that it ever had; empty where the system does not say. */
  Optional<Figure> peak() throws IOException {
    Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
    if (!Files.exists(status)) {
      return Optional.empty();
    }
    return PEAK.matcher(Files.readString(status))
        .results()
        .findFirst()
        .map(it -> Figure.megabytes(Long.parseLong(it.group(1)) / KILOBYTES_PER_MEGABYTE));
  }

  /** SIGKILL; returns when the process has ended. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }

  private void tell(String line) throws IOException {
    orders.write(line + "\n");
    orders.flush();
  }
}
