package io.grizz.redis;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells an outage from a crash: after one, every worker looks silent, and for one lease nobody is
 * called dead. Belongs to the thread that reaps.
 */
final class Outages {

  private static final Pattern UPTIME = Pattern.compile("uptime_in_seconds:(\\d+)");

  private final Connections connections;
  private final Duration lease;
  private long reapFromNanos = System.nanoTime();

  Outages(Connections connections, Duration lease) {
    this.connections = connections;
    this.lease = lease;
  }

  /** This process could not reach the server. */
  void lostContact() {
    reapFromNanos = System.nanoTime() + lease.toNanos();
  }

  /** Whether both this process and the server have been there for a lease. */
  boolean over() {
    return System.nanoTime() - reapFromNanos >= 0 && uptime().compareTo(lease) >= 0;
  }

  private Duration uptime() {
    Matcher uptime = UPTIME.matcher(connections.call(redis -> redis.info("server")));
    // why: a server that hides its age is taken for an old one, or its dead would never be found
    return uptime.find() ? Duration.ofSeconds(Long.parseLong(uptime.group(1))) : lease;
  }
}
