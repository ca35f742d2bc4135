package io.grizz.launcher.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grizz.launcher.gateway.GatewayConfig.Operator;
import io.grizz.launcher.gateway.HttpDoor.Answer;
import java.security.MessageDigest;

/** Who may see and do what is the operator's. */
final class OperatorRule {

  private static final String BEARER = "Bearer ";
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  private final Operator operator;
  private final OriginRule origins;

  OperatorRule(Operator operator, OriginRule origins) {
    this.operator = operator;
    this.origins = origins;
  }

  /** Asks for the token, and answers this machine alone unless it is configured otherwise. */
  Answer only(Answer answer) {
    return exchange -> {
      if (!exchange.peer().loopback() && !(operator.remote() && exchange.peer().secure())) {
        throw new HttpProblem(FORBIDDEN, "forbidden", "only from this machine");
      }
      requireToken(exchange);
      answer.to(exchange);
    };
  }

  /** Answers whoever is on this machine, and others who show the token. */
  Answer orNear(Answer answer) {
    return exchange -> {
      // why the host: a page from elsewhere may have its name point at this machine
      boolean near =
          exchange.peer().loopback()
              && exchange.header("Host").map(origins::localHost).orElse(false);
      if (!near) {
        requireToken(exchange);
      }
      answer.to(exchange);
    };
  }

  private void requireToken(Exchange exchange) {
    boolean shown =
        exchange.peer().secure()
            && exchange
                .header("Authorization")
                .filter(it -> it.startsWith(BEARER))
                .map(it -> isToken(it.substring(BEARER.length()).strip()))
                .orElse(false);
    if (!shown) {
      exchange.set("WWW-Authenticate", "Bearer");
      throw new HttpProblem(UNAUTHORIZED, "unauthenticated", "invalid token");
    }
  }

  /** In a time that does not tell how much of it was right. */
  private boolean isToken(String given) {
    return operator
        .token()
        .map(it -> MessageDigest.isEqual(it.getBytes(UTF_8), given.getBytes(UTF_8)))
        .orElse(false);
  }
}
