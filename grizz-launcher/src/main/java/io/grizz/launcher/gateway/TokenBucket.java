package io.grizz.launcher.gateway;

/** So many a minute, all at once if need be. Thread-safe. */
final class TokenBucket {

  private static final double NANOS_PER_MINUTE = 60e9;

  private final int perMinute;
  private double left;
  private long filledNanos;

  TokenBucket(int perMinute, long nowNanos) {
    this.perMinute = perMinute;
    this.left = perMinute;
    this.filledNanos = nowNanos;
  }

  /** Takes one; 0 when there was one, or the milliseconds until there is. */
  synchronized long take(long nowNanos) {
    left = Math.min(perMinute, left + (nowNanos - filledNanos) * perMinute / NANOS_PER_MINUTE);
    filledNanos = nowNanos;
    if (left >= 1) {
      left--;
      return 0;
    }
    return (long) Math.ceil((1 - left) * NANOS_PER_MINUTE / perMinute / 1e6);
  }
}
