package io.grizz.launcher.gateway;

import java.time.Duration;

/** So many in a while, all at once if need be. Thread-safe. */
final class TokenBucket {

  private static final double NANOS_PER_MILLI = 1e6;

  private final int most;
  private final double nanosForOne;
  private double left;
  private long filledNanos;

  TokenBucket(int most, Duration time, long nowNanos) {
    this.most = most;
    this.nanosForOne = (double) time.toNanos() / most;
    this.left = most;
    this.filledNanos = nowNanos;
  }

  static TokenBucket perMinute(int most) {
    return new TokenBucket(most, Duration.ofMinutes(1), System.nanoTime());
  }

  /** So many each minute, and no more than some of them at once. */
  static TokenBucket perMinute(int most, int atOnce) {
    int full = Math.min(most, atOnce);
    return new TokenBucket(
        full, Duration.ofMinutes(1).multipliedBy(full).dividedBy(most), System.nanoTime());
  }

  /** Takes one; 0 when there was one, or the milliseconds until there is. */
  long take(long nowNanos) {
    return take(1, nowNanos);
  }

  /** Takes so many; 0 when there were as many, or the milliseconds until there are. */
  synchronized long take(int wanted, long nowNanos) {
    fill(nowNanos);
    if (left >= wanted) {
      left -= wanted;
      return 0;
    }
    return (long) Math.ceil((wanted - left) * nanosForOne / NANOS_PER_MILLI);
  }

  /** Whether nothing was taken for so long that a new one would be the same. */
  synchronized boolean full(long nowNanos) {
    fill(nowNanos);
    return left >= most;
  }

  private void fill(long nowNanos) {
    left = Math.min(most, left + (nowNanos - filledNanos) / nanosForOne);
    filledNanos = nowNanos;
  }
}
