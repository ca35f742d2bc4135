package io.grizz.launcher.gateway;

import java.time.Duration;

/**
 * What is spoken over one connection: what its client may do, and how it is told. Belongs to the
 * connection's thread.
 */
interface Dialect {

  /** Somebody came in with a token that came with the handshake; false when it may not stay. */
  boolean entered();

  /** Whether the client may come without a token, and show it later. */
  boolean maySayHelloFirst();

  /** Whether the client has said who it is. */
  boolean greeted();

  /** The client said something. */
  void frame(String text);

  /** Looks at the clocks. */
  void tick(long now);

  /** This process goes away; the client is to come back after a while. */
  void goodbye(Duration after);
}
