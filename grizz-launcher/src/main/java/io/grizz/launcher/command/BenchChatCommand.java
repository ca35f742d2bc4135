package io.grizz.launcher.command;

import io.grizz.launcher.bench.ChatBench;
import io.grizz.launcher.bench.ChatBench.Load;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the whole system. */
@Command(
    name = "chat",
    description = "Lets users wait for answers of a launched Grizz, and measures what it adds.")
final class BenchChatCommand implements Callable<Integer> {

  @Mixin private BenchOptions output = new BenchOptions();

  @Option(
      names = "--users",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Default: 1000.")
  private int users;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "100",
      description = "Of each answer. Default: 100.")
  private int tokens;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "20",
      description = "Tokens a second of each answer. Default: 20.")
  private double rate;

  @Option(
      names = "--ramp",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "Within which all users send. Default: 5.")
  private int ramp;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "10",
      description = "Tokens of an answer that all get before, unmeasured; 0: none. Default: 10.")
  private int warmUp;

  @Option(names = "--workers", paramLabel = "N", defaultValue = "4", description = "Default: 4.")
  private int workers;

  @Override
  public Integer call() throws Exception {
    Load load = new Load(users, tokens, rate, Duration.ofSeconds(ramp), warmUp, workers);
    List<String> launch = JavaCommand.of("bench-launch", "96m", List.of(), List.of("launch"));
    output.show(new ChatBench(launch, load, output.progress()).run());
    return 0;
  }
}
