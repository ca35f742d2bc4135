package io.grizz.launcher.gateway;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Who is really at the other end: behind proxies that are trusted. */
final class Peers {

  private final List<Network> trusted;
  private final boolean dev;
  private final Map<Integer, InetSocketAddress> fronted = new ConcurrentHashMap<>();

  Peers(GatewayConfig.Access access) {
    this.trusted = access.trustedProxies().stream().map(Network::parse).toList();
    this.dev = access.dev();
  }

  /**
   * The other end of one connection.
   *
   * @param address the client's, as far as that can be believed
   * @param loopback it is on this machine, and speaks for nobody else
   * @param secure nobody between it and us could listen
   */
  record Peer(InetAddress address, boolean loopback, boolean secure) {}

  /**
   * The peer behind a connection.
   *
   * @param seen the address that the connection came from
   * @param header finds a header of the request
   */
  Peer of(InetSocketAddress seen, Function<String, Optional<String>> header) {
    InetAddress direct = real(seen).getAddress();
    Optional<String> forwarded = header.apply("X-Forwarded-For");
    boolean speaksForOthers = forwarded.isPresent() || header.apply("Forwarded").isPresent();
    boolean loopback = direct.isLoopbackAddress() && !speaksForOthers;
    boolean proxy = trusted(direct);
    boolean proxiedSafely =
        proxy && header.apply("X-Forwarded-Proto").map("https"::equalsIgnoreCase).orElse(false);
    InetAddress client = proxy ? forwarded.flatMap(this::client).orElse(direct) : direct;
    return new Peer(client, loopback, dev || loopback || proxiedSafely);
  }

  /** A connection that our own front makes from this port is somebody else's. */
  void speaksFor(int port, InetSocketAddress other) {
    fronted.put(port, other);
  }

  void forget(int port) {
    fronted.remove(port);
  }

  private InetSocketAddress real(InetSocketAddress seen) {
    return seen.getAddress().isLoopbackAddress()
        ? fronted.getOrDefault(seen.getPort(), seen)
        : seen;
  }

  /** The last one in the list that is no proxy of ours: those before it are hearsay. */
  private Optional<InetAddress> client(String forwarded) {
    String[] hops = forwarded.split(",", -1);
    for (int i = hops.length - 1; i >= 0; i--) {
      Optional<InetAddress> hop = Network.literal(hops[i].strip());
      if (hop.isEmpty() || !trusted(hop.get())) {
        return hop;
      }
    }
    return Optional.empty();
  }

  /** Whether many clients come from this address. */
  boolean trusted(InetAddress address) {
    return trusted.stream().anyMatch(network -> network.holds(address));
  }
}
