package io.grizz.launcher.gateway;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which pages may connect: exact origins, or any where that is configured for development. */
final class OriginRule {

  private final Set<String> allowed;
  private final Set<String> localHosts;
  private final boolean any;

  OriginRule(List<String> configured, int port) {
    List<String> hosts = List.of("localhost", "127.0.0.1", "[::1]");
    localHosts = hosts.stream().map(host -> host + ":" + port).collect(Collectors.toSet());
    Stream<String> local = localHosts.stream().map(host -> "http://" + host);
    any = configured.contains("*");
    allowed = configured.isEmpty() ? local.collect(Collectors.toSet()) : Set.copyOf(configured);
  }

  boolean allows(String origin) {
    return any || allowed.contains(origin);
  }

  /** Whether this is one of the default origins, whatever is configured. */
  boolean local(String origin) {
    return origin.startsWith("http://") && localHosts.contains(origin.substring(7));
  }

  /** Whether a request was meant for this machine by name, and not lured here by another's. */
  boolean localHost(String host) {
    return localHosts.contains(host);
  }
}
