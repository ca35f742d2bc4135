package io.grizz.redis;

import io.grizz.api.DeadLetters;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import redis.clients.jedis.params.ZRangeParams;
import redis.clients.jedis.resps.Tuple;

/** The dead letters of a Redis queue. */
final class RedisDeadLetters implements DeadLetters {

  private static final int AT_ONCE = 100;

  private final Scripts scripts;
  private final Duration maxAge;
  private final String dead;
  private final Function<UUID, Optional<JobView>> find;

  RedisDeadLetters(Scripts scripts, Duration maxAge, Function<UUID, Optional<JobView>> find) {
    this.scripts = scripts;
    this.maxAge = maxAge;
    this.dead = scripts.keys().prefix() + "dead";
    this.find = find;
  }

  @Override
  public Page list(Filter filter, Optional<String> cursor, int limit) {
    List<JobView> items = new ArrayList<>();
    Optional<String> last = cursor;
    while (true) {
      List<Tuple> some = after(last);
      for (Tuple each : some) {
        // why: this one shows that there is more, and is the next page's
        if (items.size() == limit) {
          return new Page(List.copyOf(items), last);
        }
        last = Optional.of(place(each));
        find.apply(UUID.fromString(each.getElement())).filter(filter::fits).ifPresent(items::add);
      }
      if (some.isEmpty()) {
        return new Page(List.copyOf(items), Optional.empty());
      }
    }
  }

  @Override
  public boolean requeue(UUID job) {
    String log = Long.toString(System.nanoTime() & Long.MAX_VALUE, Character.MAX_RADIX);
    List<String> args = List.of(job.toString(), RedisQueue.millis(maxAge), log);
    return Reply.number(scripts.run(Script.REQUEUE, args)) == 1;
  }

  @Override
  public boolean delete(UUID job) {
    return Reply.number(scripts.run(Script.DELETE, List.of(job.toString()))) == 1;
  }

  @Override
  public Optional<Letter> show(UUID job) {
    StreamKeys keys = scripts.keys();
    String id = job.toString();
    return find.apply(job)
        .filter(view -> view.state() == JobState.DEAD)
        .map(view -> new Letter(view, payload(keys.job(id), keys.payload(id))));
  }

  private String payload(String job, String payload) {
    return scripts
        .connections()
        .call(redis -> {
          String inline = redis.hget(job, "payload");
          return inline == null ? String.valueOf(redis.get(payload)) : inline;
        });
  }

  /** Those that died before the cursor, or with it and before it by name: the latest first. */
  private List<Tuple> after(Optional<String> cursor) {
    String[] parts = cursor.orElse("Infinity:~").split(":", 2);
    double from = Double.parseDouble(parts[0]);
    int skipped = 0;
    while (true) {
      // why this order: reversed ranges go from the highest to the lowest
      ZRangeParams range =
          ZRangeParams.zrangeByScoreParams(from, Double.NEGATIVE_INFINITY)
              .rev()
              .limit(skipped, AT_ONCE);
      List<Tuple> some = scripts.connections().call(redis -> redis.zrangeWithScores(dead, range));
      List<Tuple> fresh = some.stream().filter(each -> isAfter(each, parts)).toList();
      if (!fresh.isEmpty() || some.isEmpty()) {
        return fresh;
      }
      skipped += some.size();
    }
  }

  private static boolean isAfter(Tuple each, String[] cursor) {
    return !score(each).equals(cursor[0]) || each.getElement().compareTo(cursor[1]) < 0;
  }

  private static String place(Tuple each) {
    return score(each) + ":" + each.getElement();
  }

  private static String score(Tuple each) {
    return String.valueOf((long) each.getScore());
  }
}
