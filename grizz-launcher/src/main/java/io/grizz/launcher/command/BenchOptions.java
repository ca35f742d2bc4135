package io.grizz.launcher.command;

import io.grizz.launcher.bench.Report;
import io.grizz.launcher.telemetry.Logs;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What every benchmark can be told about its output. */
final class BenchOptions {

  @Spec(Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--json", description = "One JSON object instead of a table.")
  private boolean json;

  @Option(names = "--quiet", description = "No progress on stderr.")
  private boolean quiet;

  /** Where a benchmark tells how far it is; from here on, jobs are not logged. */
  Consumer<String> progress() {
    Logs.show("WARN", "text");
    return quiet ? step -> {} : step -> System.err.println("bench: " + step);
  }

  /** Shows what was found, alone on stdout. */
  void show(Report report) {
    var out = spec.commandLine().getOut();
    out.print(json ? report.json() + "\n" : report.table());
    out.flush();
  }
}
