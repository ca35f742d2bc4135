package io.grizz.redis;

import io.grizz.api.QueueConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Runs the scripts of one queue. Before the first, and whenever the server says that it lacks
 * something, the queue is opened there: its lanes are made, and its settings agreed on.
 */
final class Scripts {

  /** A script may find that it is not known, and then that the queue is not open; not more. */
  private static final int TRIES = 4;

  private final Connections connections;
  private final StreamKeys keys;
  private final Agreement agreement;
  private final List<String> header;
  private volatile boolean open;

  Scripts(Connections connections, StreamKeys keys, QueueConfig config) {
    this.connections = connections;
    this.keys = keys;
    this.agreement = new Agreement(config);
    QueueConfig.Retention keep = config.retention();
    this.header =
        List.of(
            keys.prefix(),
            millis(keep.ended()),
            millis(keep.log()),
            millis(keep.key()),
            agreement.text());
  }

  Connections connections() {
    return connections;
  }

  StreamKeys keys() {
    return keys;
  }

  /** Runs a script on a pooled connection. */
  Object run(Script script, List<String> args) {
    ensureOpen();
    return attempt(script, full(args));
  }

  /** Runs a script on the caller's own connection, which breaks when this throws. */
  Object run(Jedis own, Script script, List<String> args) {
    ensureOpen();
    List<String> full = full(args);
    try {
      return own.evalsha(script.sha(), keys.all(), full);
    } catch (JedisDataException e) {
      if (Trouble.of(e).treatment() == Trouble.Treatment.LOAD) {
        return own.eval(script.text(), keys.all(), full);
      }
      throw e;
    }
  }

  /** Runs a script many times in one round trip; the answers in the calls' order. */
  List<Object> runAll(Script script, List<List<String>> calls) {
    ensureOpen();
    List<Response<Object>> responses =
        connections.call(redis -> {
          try (AbstractPipeline pipeline = redis.pipelined()) {
            List<Response<Object>> all = new ArrayList<>(calls.size());
            calls.forEach(args -> all.add(pipeline.evalsha(script.sha(), keys.all(), full(args))));
            pipeline.sync();
            return all;
          }
        });
    List<Object> answers = new ArrayList<>(calls.size());
    for (int i = 0; i < calls.size(); i++) {
      answers.add(answer(responses.get(i), script, calls.get(i)));
    }
    return answers;
  }

  private Object answer(Response<Object> response, Script script, List<String> args) {
    try {
      return response.get();
    } catch (JedisDataException e) {
      // why: the server lacks the script or the lanes; alone, the call makes them
      return run(script, args);
    }
  }

  private void ensureOpen() {
    if (!open) {
      openThere(true);
      open = true;
    }
  }

  private void openThere(boolean maySet) {
    List<Object> reply = Reply.list(attempt(Script.OPEN, full(List.of(maySet ? "1" : "0"))));
    switch (Reply.text(reply.get(0))) {
      case "open" -> {}
      case "newer" -> throw agreement.newer(Reply.text(reply.get(1)));
      case "other" -> throw agreement.other(Reply.text(reply.get(1)));
      default -> throw new IllegalStateException("open answered " + reply);
    }
  }

  private Object attempt(Script script, List<String> full) {
    boolean known = true;
    for (int left = TRIES; ; left--) {
      try {
        return evaluate(script, full, known);
      } catch (JedisException e) {
        Trouble.Treatment treatment = Trouble.of(e).treatment();
        if (treatment == Trouble.Treatment.LOAD && left > 0) {
          known = false;
        } else if (treatment == Trouble.Treatment.OPEN && left > 0 && script != Script.OPEN) {
          // why: new, or lost by a flush or a failover; every script is safe to repeat
          openThere(!open || script == Script.TAKE);
        } else {
          throw connections.failure(e);
        }
      }
    }
  }

  private Object evaluate(Script script, List<String> full, boolean known) {
    return connections.raw(redis ->
        known
            ? redis.evalsha(script.sha(), keys.all(), full)
            : redis.eval(script.text(), keys.all(), full));
  }

  private List<String> full(List<String> args) {
    List<String> full = new ArrayList<>(header.size() + args.size());
    full.addAll(header);
    full.addAll(args);
    return full;
  }

  private static String millis(Duration duration) {
    return RedisQueue.millis(duration);
  }
}
