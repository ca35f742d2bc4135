package io.grizz.launcher.offline;

import java.time.Duration;

/**
 * How the offline model behaves.
 *
 * @param firstToken from the request to the first token
 * @param tokensPerSecond a token is a word with the space before it
 */
public record OfflineConfig(Duration firstToken, double tokensPerSecond) {

  /** First token after 150 ms, then 40 a second. */
  public static final OfflineConfig STANDARD = new OfflineConfig(Duration.ofMillis(150), 40);

  public OfflineConfig {
    if (firstToken.isNegative() || !(tokensPerSecond > 0)) {
      throw new IllegalArgumentException("a delay of zero or more, and a rate above zero");
    }
  }
}
