package io.grizz.launcher.gateway;

import java.net.URI;
import java.util.Locale;
import java.util.Set;

/** Which files a message may name: only those on hosts that the operator named. */
final class FileRule {

  private static final int LONGEST = 2048;
  private static final int HTTPS = 443;

  private final Set<String> hosts;

  FileRule(Set<String> hosts) {
    this.hosts = hosts;
  }

  /** Whether this address is plain https on one of the hosts, and nothing that hides another. */
  boolean allows(String url) {
    if (url.length() > LONGEST) {
      return false;
    }
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      return false;
    }
    return "https".equals(uri.getScheme())
        && uri.getHost() != null
        && uri.getRawUserInfo() == null
        && uri.getRawFragment() == null
        && (uri.getPort() == -1 || uri.getPort() == HTTPS)
        && named(uri.getHost().toLowerCase(Locale.ROOT));
  }

  // why besides the list: a slip in the list must not open this machine or its neighbours
  private boolean named(String host) {
    boolean name = host.matches("([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*");
    return name
        && !host.endsWith(".localhost")
        && !host.endsWith(".internal")
        && hosts.contains(host);
  }
}
