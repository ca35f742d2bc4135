package io.grizz.launcher.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.StreamEntryID;

/**
 * The least that a queue of job hashes over a stream can do, through bare Jedis on one connection:
 * the same hash writes as Grizz, and nothing of what makes a queue trustworthy. The limit that
 * Grizz is measured against.
 */
final class RawQueue implements AutoCloseable {

  private static final String CONSUMER = "raw";
  private static final String KEEP_MILLIS = "3600000";

  private final Jedis jedis;
  private final String stream;
  private final String jobs;
  private final String enqueue;
  private final String take;
  private final String settle;

  RawQueue(URI redis, String name) {
    jedis = new Jedis(redis);
    stream = "grizz:{" + name + "}:raw";
    jobs = stream + ":";
    enqueue = load("raw-enqueue");
    take = load("raw-take");
    settle = load("raw-settle");
    jedis.xgroupCreate(stream, "workers", new StreamEntryID(0, 0), true);
  }

  void enqueue(String payload) {
    String id = UUID.randomUUID().toString();
    jedis.evalsha(enqueue, List.of(stream, jobs + id), List.of(id, payload, now()));
  }

  /** Enqueues many in one round trip. */
  void enqueueAll(List<String> payloads) {
    try (Pipeline pipeline = jedis.pipelined()) {
      for (String payload : payloads) {
        String id = UUID.randomUUID().toString();
        pipeline.evalsha(enqueue, List.of(stream, jobs + id), List.of(id, payload, now()));
      }
      pipeline.sync();
    }
  }

  /** Takes up to {@code most} jobs in one call and completes them in another; says how many. */
  int drain(int most) {
    String now = now();
    List<?> taken =
        (List<?>)
            jedis.evalsha(
                take, List.of(stream), List.of(jobs, CONSUMER, String.valueOf(most), now));
    try (Pipeline pipeline = jedis.pipelined()) {
      for (int i = 0; i < taken.size(); i += 3) {
        pipeline.evalsha(
            settle,
            List.of(stream, jobs + taken.get(i + 1)),
            List.of(taken.get(i).toString(), now, CONSUMER, now, KEEP_MILLIS));
      }
      pipeline.sync();
    }
    return taken.size() / 3;
  }

  @Override
  public void close() {
    jedis.close();
  }

  private String load(String script) {
    try (InputStream in = RawQueue.class.getResourceAsStream(script + ".lua")) {
      if (in == null) {
        throw new IllegalStateException("the class path lacks " + script + ".lua");
      }
      return jedis.scriptLoad(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String now() {
    return String.valueOf(System.currentTimeMillis());
  }
}
