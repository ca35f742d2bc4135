package io.grizz.redis;

import io.grizz.api.Consumer;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import io.grizz.api.Settlement.Cancel;
import io.grizz.api.Settlement.Complete;
import io.grizz.api.Settlement.DeadLetter;
import io.grizz.api.Settlement.Release;
import io.grizz.api.Settlement.Retry;
import io.grizz.api.Settlement.Snooze;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** One process at a Redis queue. Owns the bell's and the renewal's connection. */
final class RedisConsumer implements Consumer {

  /**
   * Most jobs, and most bytes of payload, of one take: bounds the time that a script holds Redis.
   */
  private static final int MOST_JOBS = 64;

  private static final int MOST_BYTES = 1024 * 1024;

  /** Every so many takes begin at the lowest lane, so that it never starves. */
  private static final int LOW_TURN = 8;

  private static final long FENCED = 0;

  private static final int RENEWED_AT_ONCE = 200;
  private static final int REAPED_AT_ONCE = 100;
  private static final int TENDED_AT_ONCE = 500;
  private static final Duration TEND_TURN = Duration.ofMillis(80);

  private final String incarnation;
  private final QueueConfig config;
  private final StreamKeys keys;
  private final Connections connections;
  private final Bell bell;
  private final Renewals renewals;
  private final Outages outages;
  private long takes;
  private boolean replyLost;

  RedisConsumer(String incarnation, QueueConfig config, StreamKeys keys, Connections connections) {
    this.incarnation = incarnation;
    this.config = config;
    this.keys = keys;
    this.connections = connections;
    this.bell = new Bell(connections, keys, config.leases().block());
    this.renewals = new Renewals(connections);
    this.outages = new Outages(connections, config.leases().lease());
  }

  @Override
  public String incarnation() {
    return incarnation;
  }

  @Override
  public Taken take(int max, Set<UUID> running) {
    boolean alone = running.isEmpty();
    List<String> args =
        List.of(
            incarnation,
            String.valueOf(Math.min(max, MOST_JOBS)),
            String.valueOf(MOST_BYTES),
            ++takes % LOW_TURN == 0 ? "1" : "0",
            alone ? "1" : "0",
            replyLost ? "1" : "0",
            replyLost
                ? running.stream().map(UUID::toString).collect(Collectors.joining(" ", " ", " "))
                : "");
    replyLost = true;
    List<Object> reply = Reply.list(connections.run(Script.TAKE, args));
    replyLost = false;
    List<Lease> leases =
        Reply.list(reply.get(3)).stream().map(row -> Reply.lease(Reply.list(row))).toList();
    bell.seen(Reply.list(reply.get(2)).stream().map(Reply::text).toList(), alone);
    return new Taken(leases, Reply.number(reply.get(1)), Reply.number(reply.get(0)) == 1);
  }

  @Override
  public void listen(Duration wait) throws InterruptedException {
    bell.listen(wait);
  }

  @Override
  public void wake() {
    bell.wake();
  }

  @Override
  public Renewal renew(Collection<Lease> leases) {
    Set<UUID> lost = new LinkedHashSet<>();
    Set<UUID> cancelled = new LinkedHashSet<>();
    List<Lease> all = List.copyOf(leases);
    for (int from = 0; from < all.size(); from += RENEWED_AT_ONCE) {
      List<String> args = new ArrayList<>();
      args.add(incarnation);
      for (Lease lease : all.subList(from, Math.min(from + RENEWED_AT_ONCE, all.size()))) {
        args.add(lease.job().id().toString());
        args.add(lease.place());
        args.add(String.valueOf(lease.epoch()));
      }
      List<Object> reply = Reply.list(renewals.run(args));
      Reply.list(reply.get(0)).forEach(id -> lost.add(UUID.fromString(Reply.text(id))));
      Reply.list(reply.get(1)).forEach(id -> cancelled.add(UUID.fromString(Reply.text(id))));
    }
    return new Renewal(lost, cancelled);
  }

  @Override
  public OptionalLong restart(Lease lease, long floor) {
    List<String> args = new ArrayList<>(rule(lease));
    args.add(String.valueOf(floor));
    long epoch = Reply.number(connections.run(Script.RESTART, args));
    return epoch == FENCED ? OptionalLong.empty() : OptionalLong.of(epoch);
  }

  @Override
  public Settled settle(Lease lease, Settlement settlement, Optional<Event> event) {
    List<String> args = new ArrayList<>(rule(lease));
    args.addAll(
        switch (settlement) {
          case Complete(String result) -> List.of("complete", "0", result);
          case Retry(Duration delay, String reason) -> List.of("retry", millis(delay), reason);
          case Snooze(Duration delay, String reason) -> List.of("snooze", millis(delay), reason);
          case Release(String reason) -> List.of("release", "0", reason);
          case DeadLetter(String reason) -> List.of("dead", "0", reason);
          case Cancel() -> List.of("cancel", "0", "");
        });
    args.add(String.valueOf(event.map(Event::seq).orElse(0L)));
    args.add(event.map(Event::frame).orElse(""));
    return settled(connections.run(Script.SETTLE, args));
  }

  @Override
  public Emitted emit(Lease lease, Event event) {
    List<String> args = new ArrayList<>(rule(lease));
    args.add(String.valueOf(event.seq()));
    args.add(event.frame());
    List<Object> reply = Reply.list(connections.run(Script.EMIT, args));
    return switch (Reply.text(reply.get(0))) {
      case "written" -> new Emitted.Written(Reply.number(reply.get(1)) == 1);
      case "behind" -> new Emitted.Behind(Reply.number(reply.get(1)));
      case "fenced" -> new Emitted.Fenced();
      default -> throw new IllegalStateException("emit answered " + reply);
    };
  }

  @Override
  public Settled snapshot(Lease lease, long seq, String text) {
    List<String> args = new ArrayList<>(rule(lease));
    args.add(String.valueOf(seq));
    args.add(text);
    return settled(connections.run(Script.SNAPSHOT, args));
  }

  @Override
  public Settled rebuild(Lease lease, String log, long seq, String text) {
    List<String> args = new ArrayList<>(rule(lease));
    args.addAll(List.of(log, String.valueOf(seq), text));
    return settled(connections.run(Script.REBUILD, args));
  }

  @Override
  public Reaped reap() {
    try {
      boolean due = turn("reap", config.leases().reap());
      return due && outages.over() ? reap(config.leases().lease(), "") : Reaped.NOTHING;
    } catch (QueueUnavailableException e) {
      outages.lostContact();
      throw e;
    }
  }

  @Override
  public Reaped release(String deadIncarnation) {
    if (deadIncarnation.isEmpty()) {
      throw new IllegalArgumentException("release needs the name of the dead incarnation");
    }
    return reap(Duration.ZERO, deadIncarnation);
  }

  @Override
  public long tend() {
    if (!turn("tend", TEND_TURN)) {
      return connections.call(redis -> redis.zcard(keys.prefix() + "later"));
    }
    return Reply.number(
        connections.run(
            Script.TEND, List.of(String.valueOf(TENDED_AT_ONCE), millis(config.leases().lease()))));
  }

  @Override
  public void close() {
    bell.close();
    renewals.close();
  }

  private Reaped reap(Duration idle, String consumer) {
    int again = 0;
    int poisoned = 0;
    while (true) {
      List<Object> reply =
          Reply.list(
              connections.run(
                  Script.REAP,
                  List.of(
                      millis(idle),
                      consumer,
                      String.valueOf(config.crashes()),
                      String.valueOf(REAPED_AT_ONCE))));
      int found = (int) (Reply.number(reply.get(0)) + Reply.number(reply.get(1)));
      again += (int) Reply.number(reply.get(0));
      poisoned += (int) Reply.number(reply.get(1));
      if (found == 0) {
        return new Reaped(again, poisoned);
      }
    }
  }

  private boolean turn(String task, Duration interval) {
    return RedisReconciliation.turn(connections, keys, task, interval);
  }

  private List<String> rule(Lease lease) {
    return List.of(
        incarnation, lease.job().id().toString(), lease.place(), String.valueOf(lease.epoch()));
  }

  private static Settled settled(Object reply) {
    return Reply.number(reply) == 1 ? Settled.SETTLED : Settled.FENCED;
  }

  private static String millis(Duration duration) {
    return RedisQueue.millis(duration);
  }
}
