package io.grizz.launcher;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.random.RandomGenerator;

/** Ports that nobody listens on. */
public final class FreePorts {

  // why: below what systems hand out to outgoing connections, which come between look and use
  private static final int LOWEST = 12_000;
  private static final int HIGHEST = 32_000;

  private FreePorts() {}

  /** A port that is free, as is the one above it. */
  public static int pair() throws IOException {
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
