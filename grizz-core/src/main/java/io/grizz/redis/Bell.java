package io.grizz.redis;

import static redis.clients.jedis.Protocol.Command.CLIENT;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.XReadParams;

/**
 * Waits for something new in the lanes, on a connection of its own, outside the consumer group: it
 * leases nothing, so a reply that is lost loses nothing.
 *
 * <p>{@link #seen} and {@link #listen} belong to the work loop's thread; {@link #wake} to any.
 */
final class Bell implements AutoCloseable {

  private static final int SUSPECT_LANE = StreamKeys.LANES.indexOf("suspect");
  private static final long RETRY_NANOS = Duration.ofMillis(1).toNanos();

  private static final long NOT_CONNECTED = -1;

  private final Connections connections;
  private final StreamKeys keys;
  private final Duration block;
  private final AtomicBoolean woken = new AtomicBoolean();
  private Map<String, StreamEntryID> cursors = Map.of();
  private @Nullable Jedis connection;
  private volatile boolean listening;
  private volatile long clientId = NOT_CONNECTED;

  Bell(Connections connections, StreamKeys keys, Duration block) {
    this.connections = connections;
    this.keys = keys;
    this.block = block;
  }

  /**
   * Notes up to where the last take has looked.
   *
   * @param lastIds the last entry of each lane; empty when jobs were taken, and then there may be
   *     more, so that the next {@link #listen} returns at once
   * @param alone whether the process runs nothing, and so may take a suspect
   */
  void seen(List<String> lastIds, boolean alone) {
    Map<String, StreamEntryID> seen = new TreeMap<>();
    for (int lane = 0; lane < lastIds.size(); lane++) {
      if (alone || lane != SUSPECT_LANE) {
        seen.put(keys.lanes().get(lane), new StreamEntryID(lastIds.get(lane)));
      }
    }
    cursors = seen;
  }

  void listen(Duration wait) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (cursors.isEmpty()) {
      woken.set(false);
      return;
    }
    // why: in this order, and wake() in the other: either we see the flag, or it sees us listen
    listening = true;
    if (woken.getAndSet(false)) {
      listening = false;
      return;
    }
    block(wait);
  }

  private void block(Duration wait) throws InterruptedException {
    long millis = Math.max(1, Math.min(wait.toMillis(), block.toMillis()));
    try {
      Jedis own = connected();
      own.xread(XReadParams.xReadParams().count(1).block((int) millis), cursors);
    } catch (JedisException e) {
      close();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      throw connections.failure(e);
    } finally {
      listening = false;
      woken.set(false);
    }
  }

  void wake() {
    woken.set(true);
    // why: the reader may be on its way into the blocking call, where an early unblock is lost
    while (listening && woken.get()) {
      if (clientId != NOT_CONNECTED && connections.call(this::unblock) == 1) {
        return;
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  @Override
  public void close() {
    Jedis own = connection;
    connection = null;
    if (own != null) {
      own.close();
    }
  }

  private Jedis connected() {
    Jedis own = connection;
    if (own == null) {
      own = connections.own(block);
      connection = own;
      clientId = own.clientId();
    }
    return own;
  }

  private long unblock(RedisClient redis) {
    return Reply.number(
        redis.executeCommand(new CommandArguments(CLIENT).add("UNBLOCK").add(clientId)));
  }
}
