package io.grizz;

import java.time.InstantSource;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Makes UUIDs of version 7: they sort by the time at which they were made (RFC 9562, 5.7). */
final class JobIds {

  private static final int TIME_SHIFT = 16;
  private static final long VERSION = 0x7000;
  private static final long VERSION_RANDOM = 0x0FFF;
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long VARIANT_RANDOM = 0x3FFF_FFFF_FFFF_FFFFL;

  private final InstantSource clock;
  private final RandomGenerator random;

  JobIds(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  UUID next() {
    long high = (clock.millis() << TIME_SHIFT) | VERSION | (random.nextLong() & VERSION_RANDOM);
    return new UUID(high, VARIANT | (random.nextLong() & VARIANT_RANDOM));
  }
}
