package io.grizz.launcher.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The parent of the benchmarks. */
@Command(
    name = "bench",
    description = "Measures Grizz beside what bounds it, and says which goals are met.",
    subcommands = {
      BenchQueueCommand.class,
      BenchGatewayCommand.class,
      BenchChatCommand.class,
      BenchRecordCommand.class
    })
final class BenchCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which benchmark? See the list below.");
  }
}
