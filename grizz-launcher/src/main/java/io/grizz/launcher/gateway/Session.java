package io.grizz.launcher.gateway;

import io.grizz.launcher.gateway.Connection.House;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;

/**
 * A token that let somebody in, for as long as it does: until it ends, or is found to be good no
 * longer when it is looked at again. Belongs to one thread. Looking again may fetch keys.
 */
final class Session {

  private final Tokens tokens;
  private final InstantSource clock;
  private final Duration lookAgain;
  private final String token;
  private final Tokens.Pass pass;
  private Instant looked;

  private Session(House house, String token, Tokens.Pass pass) {
    this.tokens = house.tokens();
    this.clock = house.clock();
    this.lookAgain = house.config().limits().patience().lookAgain();
    this.token = token;
    this.pass = pass;
    this.looked = clock.instant();
  }

  /** Begins one; empty when the token is not good. */
  static Optional<Session> of(House house, String token) {
    return house.tokens().verify(token).map(pass -> new Session(house, token, pass));
  }

  UUID user() {
    return pass.user();
  }

  Instant expires() {
    return pass.expires();
  }

  /** Why it cannot go on, if so. */
  Optional<Close> over() {
    Instant now = clock.instant();
    if (pass.endedBy(now)) {
      return Optional.of(Close.TOKEN_EXPIRED);
    }
    if (now.isBefore(looked.plus(lookAgain))) {
      return Optional.empty();
    }
    looked = now;
    return tokens.verify(token).isPresent() ? Optional.empty() : Optional.of(Close.INVALID_TOKEN);
  }
}
