package io.grizz.examples;

import io.grizz.api.Job;
import io.grizz.api.JobContext;
import io.grizz.api.JobQueue;
import io.grizz.api.Outcome;
import io.grizz.api.Receipt;
import io.grizz.json.Json;
import java.time.Instant;
import java.util.UUID;

/** Code that enqueues, and the handler of what it enqueues. Three tests show how to try it. */
final class Reminders {

  static final String TYPE = "remind";

  private final JobQueue queue;

  Reminders(JobQueue queue) {
    this.queue = queue;
  }

  Receipt remind(String of, Instant when) {
    Job job = Job.of(UUID.randomUUID(), TYPE, Json.quote(of)).with(Job.Schedule.at(when));
    return queue.enqueue(job);
  }

  static Outcome say(JobContext job) {
    return new Outcome.Done(job.lease().job().payload());
  }
}
