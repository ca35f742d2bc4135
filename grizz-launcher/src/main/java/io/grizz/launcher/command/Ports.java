package io.grizz.launcher.command;

import io.grizz.launcher.gateway.GatewayConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports of this machine, looked at before something starts on them. */
final class Ports {

  private Ports() {}

  /** Throws when somebody listens on the port of HTTP, or on that of the WebSocket. */
  static void requireFree(GatewayConfig.Address address) throws IOException {
    requireFree(address.port(), address.webSocketPort());
  }

  /** Throws when somebody listens on a port from the first to the last. */
  static void requireFree(int first, int last) throws IOException {
    for (int each = first; each <= last; each++) {
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), each));
      } catch (BindException e) {
        throw new IOException(
            "port " + each + " is taken. Stop what listens there, or choose another with --port.",
            e);
      }
    }
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
