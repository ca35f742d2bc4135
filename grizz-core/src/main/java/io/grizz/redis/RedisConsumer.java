package io.grizz.redis;

import io.grizz.api.ConfigException;
import io.grizz.api.Consumer;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.QueueStats;
import io.grizz.api.QueueUnavailableException;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One process at a Redis queue. Owns the bell's and the renewal's connection. */
final class RedisConsumer implements Consumer {

  private static final Logger LOG = LoggerFactory.getLogger(RedisConsumer.class);

  /**
   * Most jobs, and most bytes of payload, of one take: bounds the time that a script holds Redis.
   */
  private static final int MOST_JOBS = 64;

  private static final int MOST_BYTES = 1024 * 1024;

  /** Every so many takes begin at the lowest lane, so that it never starves. */
  private static final int LOW_TURN = 8;

  private static final long FENCED = 0;

  /** A worker that says nothing for so many leases, and holds nothing, is forgotten. */
  private static final int RETIRED_AFTER = 4;

  /** Of a lease, the part that a suspect waits before a process runs dry for it. */
  private static final int PATIENCE = 3;

  /** Leases for which a process starts nothing, at most, so that a suspect can. */
  private static final int DRY = 2;

  private static final int RENEWED_AT_ONCE = 200;
  private static final int REAPED_AT_ONCE = 100;
  private static final int TENDED_AT_ONCE = 500;
  private static final int CLEARED_AT_ONCE = 500;
  private static final Duration TEND_TURN = Duration.ofMillis(80);
  private static final Duration CLEAR_TURN = Duration.ofSeconds(5);

  private final String incarnation;
  private final QueueConfig config;
  private final Scripts scripts;
  private final Supplier<QueueStats> stats;
  private final Bell bell;
  private final Settlements settlements;
  private final Renewals renewals;
  private final Outages outages;
  private long takes;
  private boolean leftBehind;

  RedisConsumer(
      String incarnation, QueueConfig config, Scripts scripts, Supplier<QueueStats> stats) {
    this.incarnation = incarnation;
    this.config = config;
    this.scripts = scripts;
    this.stats = stats;
    this.bell = new Bell(scripts.connections(), scripts.keys(), config.leases().block());
    this.settlements = new Settlements(scripts, incarnation);
    this.renewals = new Renewals(scripts, config.leases().lease());
    this.outages = new Outages(scripts.connections(), config.leases().lease());
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
            leftBehind ? "1" : "0",
            leftBehind
                ? running.stream().map(UUID::toString).collect(Collectors.joining(" ", " ", " "))
                : "",
            millis(config.leases().lease().dividedBy(PATIENCE)),
            millis(config.leases().lease().multipliedBy(DRY)));
    leftBehind = true;
    List<Object> reply = Reply.list(scripts.run(Script.TAKE, args));
    // why: what was leased and did not fit into the reply is handed out by the next call
    leftBehind = Reply.number(reply.get(3)) == 1;
    List<Lease> leases =
        Reply.list(reply.get(5)).stream().map(row -> Reply.lease(Reply.list(row))).toList();
    bell.seen(Reply.list(reply.get(4)).stream().map(Reply::text).toList(), alone);
    return new Taken(
        leases,
        Reply.number(reply.get(2)),
        Reply.number(reply.get(1)) == 1,
        Instant.ofEpochMilli(Reply.number(reply.get(0))));
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
    long epoch = Reply.number(scripts.run(Script.RESTART, args));
    return epoch == FENCED ? OptionalLong.empty() : OptionalLong.of(epoch);
  }

  @Override
  public Settled settle(Lease lease, Settlement settlement, Optional<Event> event) {
    return settlements.settle(lease, settlement, event);
  }

  @Override
  public Emitted emit(Lease lease, Event event) {
    List<String> args = new ArrayList<>(rule(lease));
    args.add(String.valueOf(event.seq()));
    args.add(event.frame());
    List<Object> reply = Reply.list(scripts.run(Script.EMIT, args));
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
    return settled(scripts.run(Script.SNAPSHOT, args));
  }

  @Override
  public Settled rebuild(Lease lease, String log, long seq, String text) {
    List<String> args = new ArrayList<>(rule(lease));
    args.addAll(List.of(log, String.valueOf(seq), text));
    return settled(scripts.run(Script.REBUILD, args));
  }

  @Override
  public Reaped reap() {
    try {
      boolean due = turn("reap", config.leases().reap());
      return due && outages.over()
          ? reap(config.leases().lease(), "", Cost.CRASHES)
          : Reaped.NOTHING;
    } catch (QueueUnavailableException | ConfigException e) {
      outages.lostContact();
      throw e;
    }
  }

  @Override
  public Reaped release(String deadIncarnation) {
    if (deadIncarnation.isEmpty()) {
      throw new IllegalArgumentException("release needs the name of the dead incarnation");
    }
    return reap(Duration.ZERO, deadIncarnation, Cost.CRASHES);
  }

  @Override
  public int leave() {
    return reap(Duration.ZERO, incarnation, Cost.INTERRUPTIONS).again();
  }

  @Override
  public Tended tend() {
    if (!turn("tend", TEND_TURN)) {
      String later = scripts.keys().prefix() + "later";
      return new Tended(scripts.connections().call(redis -> redis.zcard(later)), 0, 0);
    }
    List<Object> reply =
        Reply.list(
            scripts.run(
                Script.TEND,
                List.of(String.valueOf(TENDED_AT_ONCE), millis(config.leases().lease()))));
    return new Tended(
        Reply.number(reply.get(0)),
        (int) Reply.number(reply.get(1)),
        (int) Reply.number(reply.get(2)));
  }

  @Override
  public Optional<QueueStats> clear() {
    if (!turn("clear", CLEAR_TURN)) {
      return Optional.empty();
    }
    List<String> args =
        List.of(
            millis(config.leases().lease().multipliedBy(RETIRED_AFTER)),
            String.valueOf(config.retention().deadLetters()),
            String.valueOf(CLEARED_AT_ONCE),
            String.valueOf(config.retention().endedJobs()));
    List<Object> reply;
    do {
      reply = Reply.list(scripts.run(Script.CLEAR, args));
      report(Reply.number(reply.get(0)), Reply.number(reply.get(1)), Reply.number(reply.get(2)));
    } while (Reply.number(reply.get(3)) == 1);
    return Optional.of(stats.get());
  }

  @Override
  public void close() {
    bell.close();
    renewals.close();
  }

  private void report(long forgotten, long dropped, long drift) {
    if (forgotten > 0) {
      LOG.debug("{}: {} names of workers that are gone were forgotten", config.name(), forgotten);
    }
    if (dropped > 0) {
      LOG.warn(
          "{}: {} of the oldest dead letters were dropped, since more than queue.dead-letters={}"
              + " are kept. Requeue or delete some, or raise it",
          config.name(),
          dropped,
          config.retention().deadLetters());
    }
    if (drift != 0) {
      LOG.warn(
          "{}: the count of what waits was wrong by {}, and is right again", config.name(), drift);
    }
  }

  /** What it costs a job that its worker is gone. */
  private enum Cost {
    CRASHES,
    INTERRUPTIONS
  }

  private Reaped reap(Duration idle, String consumer, Cost cost) {
    List<String> args =
        List.of(
            millis(idle),
            consumer,
            cost.name().toLowerCase(Locale.ROOT),
            String.valueOf(config.crashes()),
            String.valueOf(REAPED_AT_ONCE));
    int again = 0;
    int poisoned = 0;
    while (true) {
      List<Object> reply = Reply.list(scripts.run(Script.REAP, args));
      again += (int) Reply.number(reply.get(0));
      poisoned += (int) Reply.number(reply.get(1));
      if (Reply.number(reply.get(2)) == 0) {
        return new Reaped(again, poisoned);
      }
    }
  }

  private boolean turn(String task, Duration interval) {
    return RedisReconciliation.turn(scripts, task, interval);
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
