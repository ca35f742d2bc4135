package io.grizz.launcher.gateway;

import java.io.Serial;

/** A request that is answered with an error, as {@code application/problem+json}. */
final class HttpProblem extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;

  HttpProblem(int status, String code, String message) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }
}
