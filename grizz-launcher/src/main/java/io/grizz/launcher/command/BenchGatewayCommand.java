package io.grizz.launcher.command;

import io.grizz.launcher.bench.GatewayBench;
import io.grizz.launcher.bench.GatewayBench.Size;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the gateway. */
@Command(
    name = "gateway",
    description = "Measures the gateway beside the bare WebSocket library, and its idle clients.")
final class BenchGatewayCommand implements Callable<Integer> {

  private static final String WEB_HEAP = "256m"; // as grizz launch has it

  @Mixin private BenchOptions output = new BenchOptions();

  @Option(
      names = "--sockets",
      paramLabel = "N",
      defaultValue = "1000",
      description = "To which events fan out. Default: 1000.")
  private int sockets;

  @Option(
      names = "--idle",
      paramLabel = "N",
      defaultValue = "5000",
      description = "Authenticated connections that do nothing. Default: 5000.")
  private int idle;

  @Option(names = "--rounds", paramLabel = "N", defaultValue = "4", description = "Default: 4.")
  private int rounds;

  @Override
  public Integer call() throws Exception {
    List<String> web = JavaCommand.of("bench-web", WEB_HEAP, List.of(), List.of("web"));
    Size size = new Size(sockets, rounds, idle);
    output.show(new GatewayBench(web, size, output.progress()).run());
    return 0;
  }
}
