package io.grizz.launcher.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.api.JobContext;
import io.grizz.api.JobQueue;
import io.grizz.api.Outcome;
import io.grizz.json.Json;
import io.grizz.launcher.telemetry.Logs;
import io.grizz.redis.RedisConfig;
import io.grizz.redis.RedisQueue;
import io.grizz.worker.Worker;
import io.grizz.worker.WorkerConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A worker process of its own, to be measured and killed. Its first line of stdin says where the
 * queue is, the second lets it start, and the end of stdin ends it: addresses hold passwords, and
 * arguments show in the list of processes.
 */
final class BenchWorker {

  /** A type of job that waits for as many ms as its payload says. */
  static final String WAIT = "wait";

  private BenchWorker() {}

  public static void main(String[] args) throws IOException {
    Logs.show("WARN", "text");
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    JsonNode place = Json.tree(orders.readLine());
    var config = Bench.config(place.path("queue").asText());
    URI redis = URI.create(place.path("redis").asText());
    try (JobQueue queue = RedisQueue.open(RedisConfig.at(redis), config);
        Worker worker =
            Worker.of(
                queue,
                place.path("incarnation").asText(),
                config.leases(),
                WorkerConfig.STANDARD.withConcurrency(place.path("concurrency").asInt()),
                Map.of(WAIT, BenchWorker::await))) {
      queue.stats();
      System.out.println("READY");
      orders.readLine();
      worker.start();
      if (orders.readLine() != null) {
        throw new IllegalStateException("nothing more to be told");
      }
    }
  }

  private static Outcome await(JobContext job) throws InterruptedException {
    Thread.sleep(Long.parseLong(job.lease().job().payload()));
    return Outcome.done();
  }
}
