package io.grizz.launcher.gateway;

/** Why a connection is closed: 45xx tells a client not to come back by itself. */
enum Close {
  NORMAL(1000, "idle"),
  GOING_AWAY(1001, "going away"),
  BINARY(1003, "text frames only"),
  INTERNAL(1011, "internal"),
  HELLO_TIMEOUT(4003, "hello timeout"),
  TOKEN_EXPIRED(4005, "token expired"),
  SLOW(4008, "slow consumer"),
  STATE_LOST(4010, "state lost"),
  NO_PONG(4012, "no pong"),
  OVERLOADED(4013, "overloaded"),
  INVALID_TOKEN(4501, "invalid token"),
  VERSION(4502, "protocol version"),
  FLOODING(4503, "too many protocol errors"),
  TOO_MANY(4504, "connection limit"),
  FORBIDDEN(4507, "forbidden");

  private final int code;
  private final String reason;

  Close(int code, String reason) {
    this.code = code;
    this.reason = reason;
  }

  int code() {
    return code;
  }

  String reason() {
    return reason;
  }
}
