package io.grizz.launcher.offline;

import java.time.Duration;

/**
 * How the offline model behaves.
 *
 * @param firstToken from the request to the first token
 * @param tokensPerSecond a token is a word with the space before it
 */
public record OfflineConfig(Duration firstToken, double tokensPerSecond) {

  public OfflineConfig {
    if (firstToken.isNegative() || !(tokensPerSecond > 0)) {
      throw new IllegalArgumentException("a delay of zero or more, and a rate above zero");
    }
  }
}
