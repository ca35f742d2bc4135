package io.grizz.launcher.gateway;

import static io.grizz.api.ConfigException.require;

import java.net.URI;
import java.time.Duration;

/**
 * Where the public keys of tokens are, and how often to look.
 *
 * @param fresh how long fetched keys are not looked at again
 * @param outage how much longer they serve while they cannot be fetched
 * @param pause least time between two fetches
 */
public record PublicKeys(URI uri, Duration fresh, Duration outage, Duration pause) {
  public PublicKeys {
    String host = String.valueOf(uri.getHost());
    require(
        "https".equals(uri.getScheme())
            || ("http".equals(uri.getScheme()) && Network.isLoopbackName(host)),
        "auth.jwks",
        uri,
        "an https:// address");
    require(fresh.isPositive(), "auth.jwks-fresh", fresh, "more than zero");
    require(outage.isPositive(), "auth.jwks-outage", outage, "more than zero");
    require(pause.isPositive(), "auth.jwks-pause", pause, "more than zero");
  }
}
