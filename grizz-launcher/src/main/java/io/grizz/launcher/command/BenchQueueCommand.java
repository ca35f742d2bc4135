package io.grizz.launcher.command;

import io.grizz.launcher.bench.QueueBench;
import io.grizz.launcher.bench.QueueBench.AppendOnlyFile;
import io.grizz.launcher.bench.QueueBench.Part;
import io.grizz.launcher.bench.QueueBench.Size;
import java.net.URI;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the queue. */
@Command(
    name = "queue",
    description = "Measures the queue beside bare Lua scripts on the same Redis.")
final class BenchQueueCommand implements Callable<Integer> {

  @Mixin private BenchOptions output = new BenchOptions();

  @Option(
      names = "--redis",
      paramLabel = "URL",
      description = "A Redis to load with queues of this benchmark's own. Default: a new one.")
  private @Nullable URI redis;

  @Option(
      names = "--aof",
      description = "Lets a new Redis keep its append-only file, as in production.")
  private boolean aof;

  @Option(
      names = "--only",
      paramLabel = "PART",
      split = ",",
      description = "What to measure: ${COMPLETION-CANDIDATES}. Default: all of it.")
  private Set<Part> only = EnumSet.allOf(Part.class);

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "6",
      description = "In which Grizz and bare Lua take turns; the first warms up. Default: 6.")
  private int rounds;

  @Override
  public Integer call() throws Exception {
    QueueBench bench =
        new QueueBench(
            Optional.ofNullable(redis),
            aof ? AppendOnlyFile.ON : AppendOnlyFile.OFF,
            only,
            Size.STANDARD.withRounds(rounds),
            output.progress());
    output.show(bench.run());
    return 0;
  }
}
