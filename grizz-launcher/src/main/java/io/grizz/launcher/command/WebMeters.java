package io.grizz.launcher.command;

import io.grizz.Chats;
import io.grizz.Grizz;
import io.grizz.launcher.gateway.Gateway;
import io.grizz.launcher.telemetry.Meters;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** What a web process measures besides its stores. */
final class WebMeters {

  private WebMeters() {}

  /**
   * The stores, and the other processes.
   *
   * @param states what the supervisor says of them
   */
  static void watch(Meters meters, Grizz grizz, Chats chats, Supplier<String> states) {
    meters.watch(grizz.queue());
    meters.watch(chats::sessions);
    meters.watchConnections("queue", grizz::connections);
    meters.gauges(
        "grizz.process.up",
        "Whether a supervised process runs: 1 or 0",
        "process",
        () -> up(states.get()));
  }

  /** The doors. */
  static void watch(Meters meters, Gateway gateway) {
    meters.gauge(
        "grizz.gateway.users", "Users who are connected", () -> gateway.standing().users());
    meters.gauge(
        "grizz.gateway.connections", "Their connections", () -> gateway.standing().connections());
    meters.gauge(
        "grizz.gateway.outbox.bytes",
        "Bytes that wait for slow clients",
        () -> gateway.standing().outboxBytes());
    meters.gauge(
        "grizz.gateway.doorbell.silence.seconds",
        "Since the doorbell was last heard",
        () -> gateway.standing().doorbellSilence().toMillis() / 1000.0);
    meters.gauges(
        "grizz.gateway.pressure",
        "How full the queue is: 1 at none, rising past its soft limit, or high",
        "level",
        () -> Map.of(gateway.standing().pressure().name().toLowerCase(Locale.ROOT), 1));
    meters.counts(
        "grizz.gateway.closed",
        "Connections that were closed from here",
        "code",
        () -> gateway.standing().closed());
    meters.counts(
        "grizz.gateway.refused",
        "Requests that were refused",
        "code",
        () -> gateway.standing().refused());
  }

  /** Processes by what the supervisor says of them: {@code web=running,worker-1=down}. */
  private static Map<String, Integer> up(String states) {
    Map<String, Integer> up = new TreeMap<>();
    for (String each : states.split(",", -1)) {
      String[] parts = each.split("=", 2);
      if (parts.length == 2) {
        up.put(parts[0], parts[1].equals("running") ? 1 : 0);
      }
    }
    return up;
  }
}
