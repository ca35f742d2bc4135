package io.grizz.launcher.command;

import io.grizz.launcher.bench.RecordBench;
import io.grizz.launcher.bench.RecordBench.Size;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the record. */
@Command(
    name = "record",
    description = "Measures the record beside pgbench with as many statements, on one Postgres.")
final class BenchRecordCommand implements Callable<Integer> {

  @Mixin private BenchOptions output = new BenchOptions();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "In which Grizz and pgbench take turns; the first warms up. Default: 5.")
  private int rounds;

  @Option(
      names = "--messages",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Of each round. Default: 2000.")
  private int messages;

  @Override
  public Integer call() throws Exception {
    Size size = new Size(rounds, messages, Size.STANDARD.reads());
    output.show(new RecordBench(size, output.progress()).run());
    return 0;
  }
}
