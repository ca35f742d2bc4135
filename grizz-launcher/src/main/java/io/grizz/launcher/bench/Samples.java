package io.grizz.launcher.bench;

import java.util.Arrays;

/** Numbers of one kind, to be asked for their middle and their tail. */
final class Samples {

  private final double[] sorted;

  Samples(double[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("nothing was measured");
    }
    sorted = values.clone();
    Arrays.sort(sorted);
  }

  double median() {
    return percentile(50);
  }

  /** The smallest value that at least {@code percent} of all do not exceed. */
  double percentile(double percent) {
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(0, rank - 1)];
  }
}
