package io.grizz.redis;

import io.grizz.api.Consumer.Event;
import io.grizz.api.JobState;
import io.grizz.api.QueueConfig;
import io.grizz.api.Reconciliation;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;

/** The record's side of a Redis queue. */
final class RedisReconciliation implements Reconciliation {

  private static final Duration KEPT = Duration.ofSeconds(30);
  private static final int NO_PLACE = 0;

  private final QueueConfig config;
  private final Scripts scripts;

  RedisReconciliation(QueueConfig config, Scripts scripts) {
    this.config = config;
    this.scripts = scripts;
  }

  @Override
  public boolean reserve(UUID job) {
    return place(job, config.capacity());
  }

  @Override
  public void giveBack(UUID job) {
    place(job, NO_PLACE);
  }

  @Override
  public List<Ended> ended(int limit) {
    Object reply = scripts.run(Script.ENDED, List.of(String.valueOf(limit)));
    return Reply.list(reply).stream().map(Reply::list).map(RedisReconciliation::ended).toList();
  }

  @Override
  public void close(UUID job, JobState state, Event event) {
    scripts.run(
        Script.CLOSE,
        List.of(
            job.toString(),
            state.name().toLowerCase(Locale.ROOT),
            String.valueOf(event.seq()),
            event.frame()));
  }

  @Override
  public boolean ending(UUID job) {
    return scripts
        .connections()
        .call(redis -> redis.sismember(scripts.keys().ended(), job.toString()));
  }

  @Override
  public void forget(UUID job) {
    scripts.run(Script.FORGET, List.of(job.toString()));
  }

  @Override
  public boolean turn(String task, Duration interval) {
    return turn(scripts, task, interval);
  }

  static boolean turn(Scripts scripts, String task, Duration interval) {
    SetParams once = SetParams.setParams().nx().px(interval.toMillis());
    String key = scripts.keys().turn(task);
    try {
      return scripts.connections().raw(redis -> redis.set(key, "taken", once) != null);
    } catch (JedisException e) {
      if (Trouble.of(e).equals(Trouble.FULL)) {
        // why: a full server keeps no turns, and needs its upkeep most; every task may be repeated
        return true;
      }
      throw scripts.connections().failure(e);
    }
  }

  private boolean place(UUID job, int capacity) {
    List<String> args = List.of(job.toString(), String.valueOf(capacity), RedisQueue.millis(KEPT));
    return Reply.number(scripts.run(Script.RESERVE, args)) == 1;
  }

  private static Ended ended(List<Object> row) {
    return new Ended(
        UUID.fromString(Reply.text(row.get(0))),
        RedisQueue.state(Reply.text(row.get(1))),
        Reply.text(row.get(2)),
        Reply.number(row.get(3)));
  }
}
