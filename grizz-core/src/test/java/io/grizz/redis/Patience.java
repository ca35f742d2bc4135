package io.grizz.redis;

import io.grizz.api.Consumer;
import io.grizz.api.JobQueue;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import io.grizz.redis.CutWire.Moment;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import redis.clients.jedis.Jedis;

/**
 * A caller on a wire that is cut, who does what callers are told to do: repeats what failed. Reads
 * what came of it on a connection that nobody cuts.
 */
final class Patience implements AutoCloseable {

  private final CutWire wire;
  private final RedisConfig server;
  private final QueueConfig config;
  private final Jedis uncut;
  private final StreamKeys keys;
  private final JobQueue queue;
  private boolean cutAgain;

  /**
   * @param cutAgain whether the command after the cut is cut as well
   */
  Patience(CutWire wire, URI server, QueueConfig config, boolean cutAgain) {
    this.wire = wire;
    this.server = RedisConfig.at(server).withConnections(1);
    this.config = config;
    this.uncut = new Jedis(server);
    this.keys = new StreamKeys(config.name());
    this.queue = RedisQueue.open(RedisConfig.at(wire.uri()).withConnections(2), config);
    this.cutAgain = cutAgain;
  }

  /** The queue by way of the wire. */
  JobQueue queue() {
    return queue;
  }

  <T> T again(Supplier<T> call) {
    while (true) {
      try {
        return call.get();
      } catch (QueueUnavailableException e) {
        // why: this is what callers are told to do
        if (cutAgain) {
          cutAgain = false;
          wire.cutAt(1, Moment.BEFORE_REPLY);
        }
      }
    }
  }

  /** Takes until so many run, as a worker does: what it holds is not handed out twice. */
  Map<UUID, Lease> leases(Consumer consumer, int expected) {
    Map<UUID, Lease> held = new LinkedHashMap<>();
    while (true) {
      for (Lease lease : again(() -> consumer.take(100, Set.copyOf(held.keySet()))).leases()) {
        if (held.put(lease.job().id(), lease) != null) {
          throw new AssertionError("handed out twice: " + lease);
        }
      }
      if (held.size() == expected) {
        return held;
      }
      nextTurn("tend");
      again(consumer::tend);
    }
  }

  /** Stands for the time that passes until it is anybody's turn again. */
  void nextTurn(String task) {
    uncut.del(keys.turn(task));
  }

  /** What everybody sees who has a better wire. */
  <T> T seen(Function<JobQueue, T> look) {
    try (JobQueue direct = RedisQueue.open(server, config)) {
      return look.apply(direct);
    }
  }

  @Override
  public void close() {
    queue.close();
    uncut.close();
  }
}
