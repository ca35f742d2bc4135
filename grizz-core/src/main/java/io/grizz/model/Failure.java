package io.grizz.model;

import io.grizz.model.ModelException.Verdict;
import java.util.Locale;

/** What can go wrong with a call, and what to do about it: the one table. */
enum Failure {
  UNREACHABLE("upstream_unavailable", Verdict.RETRY),
  BROKEN_OFF("upstream_unavailable", Verdict.RETRY),
  TRUNCATED("upstream_unavailable", Verdict.RETRY),
  GARBLED("upstream_unavailable", Verdict.RETRY),
  SERVER_ERROR("upstream_unavailable", Verdict.RETRY),
  NO_FIRST_TOKEN("upstream_timeout", Verdict.RETRY),
  STALLED("upstream_timeout", Verdict.RETRY),
  TOO_SLOW("upstream_timeout", Verdict.RETRY),
  RATE_LIMITED("rate_limited", Verdict.SNOOZE),
  OUT_OF_QUOTA("upstream_rejected", Verdict.FAIL),
  UNAUTHORIZED("upstream_rejected", Verdict.FAIL),
  REJECTED("upstream_rejected", Verdict.FAIL),
  CONTEXT_TOO_LONG("context_too_long", Verdict.FAIL),
  FILTERED("content_filtered", Verdict.FAIL);

  private static final int UNAUTHORIZED_STATUS = 401;
  private static final int FORBIDDEN = 403;
  private static final int TIMEOUT = 408;
  private static final int CONFLICT = 409;
  private static final int TOO_MANY = 429;
  private static final int FIRST_SERVER_ERROR = 500;

  private final String code;
  private final Verdict verdict;

  Failure(String code, Verdict verdict) {
    this.code = code;
    this.verdict = verdict;
  }

  String code() {
    return code;
  }

  Verdict verdict() {
    return verdict;
  }

  /**
   * The failure of an answer that is an error.
   *
   * @param error its {@code code} or {@code type}; empty when it names none
   */
  static Failure of(int status, String error) {
    String named = error.toLowerCase(Locale.ROOT);
    if (named.contains("context_length")) {
      return CONTEXT_TOO_LONG;
    }
    if (named.contains("content_filter") || named.contains("content_policy")) {
      return FILTERED;
    }
    if (named.contains("insufficient_quota")) {
      return OUT_OF_QUOTA;
    }
    if (status == TOO_MANY || named.contains("rate_limit")) {
      return RATE_LIMITED;
    }
    return switch (status) {
      case UNAUTHORIZED_STATUS, FORBIDDEN -> UNAUTHORIZED;
      case TIMEOUT -> NO_FIRST_TOKEN;
      case CONFLICT -> SERVER_ERROR;
      default -> status >= FIRST_SERVER_ERROR ? SERVER_ERROR : REJECTED;
    };
  }
}
