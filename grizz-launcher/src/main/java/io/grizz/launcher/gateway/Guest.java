package io.grizz.launcher.gateway;

import java.time.Duration;

/** One connection of a user, whatever its door. It is told from other threads, and never waits. */
interface Guest {

  /** An event was written to a log of this user's. */
  void rang(Ring ring);

  /** Anything may have been missed. */
  void missed();

  /** The user has to go. */
  void end(Close why);

  /** This process goes away; the client is to come back after a while. */
  void goodbye(Duration after);
}
