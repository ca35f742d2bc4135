package io.grizz;

import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Makes UUIDs of version 7: they sort by the time at which they were made, and those of one source
 * by their order (RFC 9562, 5.7 and 6.2, method 1).
 */
final class JobIds {

  private static final int TIME_SHIFT = 16;
  private static final int COUNTER_BITS = 12;
  private static final long COUNTER = (1 << COUNTER_BITS) - 1;

  /** Where a counter begins is chance, and leaves room for as many again within a millisecond. */
  private static final long FIRST = COUNTER >> 1;

  private static final long VERSION = 0x7000;
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long VARIANT_RANDOM = 0x3FFF_FFFF_FFFF_FFFFL;

  private final InstantSource clock;
  private final RandomGenerator random;

  /** Time and counter of the last one. A counter that runs over moves on the time. */
  private final AtomicLong last = new AtomicLong();

  JobIds(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  UUID next() {
    long fresh = (clock.millis() << COUNTER_BITS) | (random.nextLong() & FIRST);
    long mine =
        last.updateAndGet(
            before -> fresh >> COUNTER_BITS > before >> COUNTER_BITS ? fresh : before + 1);
    long high = (mine >> COUNTER_BITS << TIME_SHIFT) | VERSION | (mine & COUNTER);
    return new UUID(high, VARIANT | (random.nextLong() & VARIANT_RANDOM));
  }
}
