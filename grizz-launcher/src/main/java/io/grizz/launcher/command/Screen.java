package io.grizz.launcher.command;

import io.grizz.json.Json;
import io.grizz.launcher.supervise.Supervisor;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Lines for people, or JSON lines for programs, on stderr; and the one READY line on stdout. */
final class Screen implements Supervisor.Console {

  private final PrintStream err = System.err;
  private final boolean json;
  private final String ready;

  /**
   * @param json each line as one JSON object that names its process
   * @param ready the line to print, but for the milliseconds at its end
   */
  Screen(boolean json, String ready) {
    this.json = json;
    this.ready = ready;
  }

  /** What is embedded and what is configured; for people only. */
  void banner(List<String> lines) {
    if (!json) {
      lines.forEach(line -> err.println("  " + line));
    }
  }

  @Override
  public void ready() {
    // why not always the second: the first counts the JVM's own start as well, where it is told
    Instant started =
        ProcessHandle.current()
            .info()
            .startInstant()
            .orElseGet(
                () -> Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()));
    System.out.println(ready + Duration.between(started, Instant.now()).toMillis());
    System.out.flush();
  }

  @Override
  public void log(String child, String line) {
    err.println(json ? named(child, line) : Terminal.ERR.pale("[" + child + "]") + " " + line);
  }

  @Override
  public void say(String line) {
    log("launch", line);
  }

  /** A line of a process's log, which names it already; or another one as such a line. */
  private static String named(String process, String line) {
    return line.startsWith("{")
        ? line
        : Json.write(Json.object().put("process", process).put("formattedMessage", line));
  }
}
