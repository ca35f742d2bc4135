package io.grizz.launcher.bench;

import io.grizz.launcher.bench.QueueBench.AppendOnlyFile;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/** What a server has done and used so far, by its own account; and the end of what was measured. */
final class ServerMeter implements AutoCloseable {

  private static final Pattern CALLS = Pattern.compile("cmdstat_([^:]+):calls=(\\d+)");
  private static final Pattern CPU = Pattern.compile("used_cpu_(?:sys|user):([\\d.]+)");
  private static final Pattern VERSION = Pattern.compile("redis_version:(\\S+)");
  private static final int KEYS_AT_ONCE = 1_000;

  private final Jedis jedis;

  ServerMeter(URI redis) {
    jedis = new Jedis(redis);
  }

  /**
   * One look at the meters.
   *
   * @param calls of each command, those inside scripts included
   * @param cpuMicros user and system time of the server, its helper threads included
   */
  record Reading(Map<String, Long> calls, double cpuMicros) {

    /** What happened since {@code earlier}; the looks themselves do not count. */
    Reading since(Reading earlier) {
      Map<String, Long> more = new TreeMap<>();
      calls.forEach((command, count) -> {
        long added = count - earlier.calls.getOrDefault(command, 0L);
        if (added > 0 && !command.equals("info")) {
          more.put(command, added);
        }
      });
      return new Reading(more, cpuMicros - earlier.cpuMicros);
    }

    double commands() {
      return calls.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The commands of one job of {@code jobs}, most frequent first; rare ones are left out. */
    String perJob(int jobs) {
      return calls.entrySet().stream()
          .filter(it -> it.getValue() * 20 >= jobs)
          .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
          .map(it ->
              String.format(
                  Locale.ROOT, "%s %.1f", it.getKey(), it.getValue().doubleValue() / jobs))
          .collect(Collectors.joining(", "));
    }
  }

  Reading read() {
    Map<String, Long> calls = new LinkedHashMap<>();
    CALLS
        .matcher(jedis.info("commandstats"))
        .results()
        .forEach(it -> calls.put(it.group(1), Long.parseLong(it.group(2))));
    double seconds =
        CPU.matcher(jedis.info("cpu"))
            .results()
            .map(MatchResult::group)
            .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
            .sum();
    return new Reading(calls, seconds * 1_000_000);
  }

  String version() {
    return VERSION
        .matcher(jedis.info("server"))
        .results()
        .map(it -> it.group(1))
        .findFirst()
        .orElse("unknown");
  }

  /** Deletes all keys of one queue, at once and not behind the next measurement's back. */
  void forget(String queue) {
    ScanParams ours = new ScanParams().match("grizz:{" + queue + "}:*").count(KEYS_AT_ONCE);
    String cursor = ScanParams.SCAN_POINTER_START;
    do {
      ScanResult<String> found = jedis.scan(cursor, ours);
      if (!found.getResult().isEmpty()) {
        jedis.del(found.getResult().toArray(String[]::new));
      }
      cursor = found.getCursor();
    } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
  }

  /** Lets a server of our own write its file as it is told, and not rewrite it meanwhile. */
  void keepStill(AppendOnlyFile file) {
    jedis.configSet("auto-aof-rewrite-percentage", "0");
    jedis.configSet("appendonly", file == AppendOnlyFile.ON ? "yes" : "no");
  }

  @Override
  public void close() {
    jedis.close();
  }
}
