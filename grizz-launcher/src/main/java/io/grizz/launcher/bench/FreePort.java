package io.grizz.launcher.bench;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.random.RandomGenerator;

/** Ports that nobody listens on. */
final class FreePort {

  // why: below what systems hand out to outgoing connections
  private static final int LOWEST = 12_000;
  private static final int HIGHEST = 32_000;

  private FreePort() {}

  /** A port that is free, as is the one above it. */
  static int pair() throws IOException {
    while (true) {
      int port = RandomGenerator.getDefault().nextInt(LOWEST, HIGHEST);
      try (ServerSocket first = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
          ServerSocket second = new ServerSocket(port + 1, 1, InetAddress.getLoopbackAddress())) {
        return Math.min(first.getLocalPort(), second.getLocalPort());
      } catch (BindException e) {
        // why: one belongs to somebody, so another pair is looked for
      }
    }
  }
}
