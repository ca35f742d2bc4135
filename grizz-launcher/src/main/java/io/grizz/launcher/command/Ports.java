package io.grizz.launcher.command;

import io.grizz.api.ConfigException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports of this machine, looked at before something starts on them. */
final class Ports {

  private Ports() {}

  /** Throws when somebody listens on a port from the first to the last of this host. */
  static void requireFree(String host, int first, int last) throws IOException {
    for (int each = first; each <= last; each++) {
      try {
        probe(host, each);
      } catch (BindException e) {
        requireOurs(host);
        throw new IOException(
            "port " + each + " is taken. Stop what listens there, or choose another with --port.",
            e);
      }
    }
  }

  private static void requireOurs(String host) throws IOException {
    try {
      probe(host, 0);
    } catch (BindException e) {
      throw notOurs(host);
    }
  }

  private static void probe(String host, int port) throws IOException {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw notOurs(host);
    }
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(address);
    }
  }

  private static ConfigException notOurs(String host) {
    return new ConfigException(
        "gateway.host", host, "an address of this machine, or 0.0.0.0 for all of them");
  }

  /** One that nobody listens on now. */
  static int free() throws IOException {
    try (ServerSocket socket = bound(0)) {
      return socket.getLocalPort();
    }
  }

  /** One that nobody listens on now, nor on the next one. */
  static int freePair() throws IOException {
    while (true) {
      try (ServerSocket first = bound(0);
          ServerSocket second = bound(first.getLocalPort() + 1)) {
        return second.getLocalPort() - 1;
      } catch (BindException | IllegalArgumentException e) {
        // why: the next port belongs to somebody, so another pair is looked for
      }
    }
  }

  private static ServerSocket bound(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }
}
