package io.grizz.launcher.command;

import io.grizz.Chats;
import io.grizz.Grizz;
import io.grizz.launcher.telemetry.HeldEvents;
import io.grizz.launcher.telemetry.LeftMeters;
import io.grizz.launcher.telemetry.Meters;
import io.grizz.launcher.telemetry.MetersFolder;
import io.grizz.redis.RedisLimits;
import io.grizz.worker.Worker;

/** What a worker process measures. */
record WorkerMeters(Grizz grizz, RedisLimits limits, Chats chats, Worker worker) {

  /** Leaves it for the web process to tell; the caller starts that, once the worker is ready. */
  LeftMeters leftIn(MetersFolder folder, String process, HeldEvents events) {
    return new LeftMeters(folder, process, () -> meters(process), events);
  }

  private Meters meters(String process) {
    Meters meters = new Meters(process);
    meters.watch(chats::sessions);
    meters.watchConnections("queue", grizz::connections);
    meters.watchConnections("limits", limits::connections);
    meters.gauge("grizz.jobs.running", "Jobs that run in this process", worker::running);
    return meters;
  }
}
