package io.grizz.launcher.gateway;

import java.time.Duration;

/**
 * What is spoken over one connection: what its client may do, and how it is told. Belongs to the
 * connection's thread.
 */
interface Dialect {

  /** Lets the client in with a token that came with the handshake; false when it may not. */
  boolean enter(Tokens.Pass pass);

  /** Whether the client may come without a token, and show it later. */
  boolean maySayHelloFirst();

  /** Whether the client has said who it is. */
  boolean greeted();

  /** The client said something. */
  void frame(String text);

  /** An event was written to a log of this user's. */
  void ring(Ring ring);

  /** Something may have been missed: reads on. */
  void missed();

  /** Whether a log can be read at once. */
  boolean hasWork(long now);

  /** Looks at the clocks, and reads what is due. */
  void tick(long now);

  /** This process goes away; the client is to come back after a while. */
  void goodbye(Duration after);

  /** Lets the client go. */
  void leave();
}
