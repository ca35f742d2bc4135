package io.grizz.launcher.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.embedded.EmbeddedRedis;
import io.grizz.launcher.bench.QueueBench.AppendOnlyFile;
import io.grizz.launcher.bench.QueueBench.Part;
import io.grizz.launcher.bench.QueueBench.Size;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** The benchmark measures what it says, and leaves nothing behind. Its figures are not judged. */
class QueueBenchTest {

  private static final Size SMALL = new Size(2, 100, 600, 50, 200);

  @Test
  void measuresEveryPartThatIsAskedForOnTheServerThatIsNamed() throws Exception {
    List<String> steps = new ArrayList<>();
    try (EmbeddedRedis redis = EmbeddedRedis.temporary();
        Jedis jedis = new Jedis(redis.uri())) {
      jedis.set("somebody's", "own");
      EnumSet<Part> parts = EnumSet.complementOf(EnumSet.of(Part.KILLED));
      Report report =
          new QueueBench(Optional.of(redis.uri()), AppendOnlyFile.OFF, parts, SMALL, steps::add)
              .run();

      assertThat(report.rows())
          .extracting(Row::what)
          .containsExactly(
              "enqueue, one by one, one thread",
              "enqueue, in bulk",
              "drain no-op jobs, 100 at once",
              "Redis commands a drained job",
              "Redis CPU a drained job",
              "enqueue to start at 200 jobs/s, p50",
              "enqueue to start at 200 jobs/s, p99",
              "200 jobs that wait 1 s, all done",
              "peak memory of that worker process");
      assertThat(report.rows()).allMatch(row -> row.measured().value() > 0);
      assertThat(report.rows()).allMatch(row -> row.goal().isPresent());
      assertThat(report.rows().get(7).measured().value()).isGreaterThan(1);
      assertThat(steps).hasSize(4);
      assertThat(jedis.keys("*")).containsExactly("somebody's");
    }
  }

  @Test
  void killedWorkersJobsStartAgain() throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.temporary();
        ServerMeter meter = new ServerMeter(redis.uri())) {
      double seconds = KilledWorker.released(new Bench(redis.uri(), meter, step -> {}));
      assertThat(seconds).isBetween(0.0, 5.0);
    }
  }
}
