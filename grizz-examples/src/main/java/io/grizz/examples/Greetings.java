package io.grizz.examples;

import io.grizz.Grizz;
import io.grizz.api.Job;
import io.grizz.api.JobView;
import io.grizz.api.Outcome;
import io.grizz.api.QueueConfig;
import io.grizz.json.Json;
import io.grizz.json.JsonHandler;
import io.grizz.worker.WorkerConfig;
import java.time.Duration;
import java.util.Map;

/** A queue, a handler, a worker and an awaited result, on a Redis that starts by itself. */
public final class Greetings {

  private Greetings() {}

  static String greet(String name) throws Exception {
    try (Grizz grizz = Grizz.temporary(QueueConfig.named("greetings"))) {
      grizz.work(
          WorkerConfig.STANDARD,
          Map.of(
              "greet",
              JsonHandler.of(
                  String.class, (who, job) -> new Outcome.Done(Json.text("Hello, " + who + "!")))));

      Job job = grizz.job("greet", Json.text(name));
      grizz.queue().enqueue(job);
      JobView ended = grizz.await(job.id(), Duration.ofSeconds(10));
      return Json.value(ended.result().orElseThrow(), String.class);
    }
  }

  public static void main(String[] args) throws Exception {
    System.out.println(greet("world"));
  }
}
