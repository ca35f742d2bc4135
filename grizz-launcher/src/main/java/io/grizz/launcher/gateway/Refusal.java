package io.grizz.launcher.gateway;

import io.grizz.api.FailureCode;
import java.io.Serial;
import java.time.Duration;
import java.util.Optional;

/** A request that is not granted, with a code of the protocol. */
final class Refusal extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private final String code;
  private final transient Optional<Duration> retryAfter;

  private Refusal(String code, String message, Optional<Duration> retryAfter) {
    super(message, null, false, false);
    this.code = code;
    this.retryAfter = retryAfter;
  }

  static Refusal of(String code, String message) {
    return new Refusal(code, message, Optional.empty());
  }

  static Refusal until(String code, String message, Duration retryAfter) {
    return new Refusal(code, message, Optional.of(retryAfter));
  }

  String code() {
    return code;
  }

  boolean retryable() {
    return FailureCode.retryable(code);
  }

  Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
