package io.grizz.model;

import io.grizz.model.ModelException.Verdict;
import java.util.Locale;

/** What can go wrong with a call, and what to do about it: the one table. */
enum Failure {
  UNREACHABLE("upstream_unavailable", Verdict.RETRY, Bill.NOTHING),
  BROKEN_OFF("upstream_unavailable", Verdict.RETRY, Bill.WHAT_WAS_READ),
  TRUNCATED("upstream_unavailable", Verdict.RETRY, Bill.WHAT_WAS_READ),
  GARBLED("upstream_unavailable", Verdict.RETRY, Bill.WHAT_WAS_READ),
  SERVER_ERROR("upstream_unavailable", Verdict.RETRY, Bill.NOTHING),
  NO_FIRST_TOKEN("upstream_timeout", Verdict.RETRY, Bill.WHAT_WAS_READ),
  STALLED("upstream_timeout", Verdict.RETRY, Bill.WHAT_WAS_READ),
  TOO_SLOW("upstream_timeout", Verdict.RETRY, Bill.WHAT_WAS_READ),
  RATE_LIMITED("rate_limited", Verdict.SNOOZE, Bill.NOTHING),
  OUT_OF_QUOTA("upstream_rejected", Verdict.FAIL, Bill.NOTHING),
  UNAUTHORIZED("upstream_rejected", Verdict.FAIL, Bill.NOTHING),
  REJECTED("upstream_rejected", Verdict.FAIL, Bill.NOTHING),
  CONTEXT_TOO_LONG("context_too_long", Verdict.FAIL, Bill.NOTHING),
  FILTERED("content_filtered", Verdict.FAIL, Bill.WHAT_WAS_READ);

  private static final int UNAUTHORIZED_STATUS = 401;
  private static final int FORBIDDEN = 403;
  private static final int TIMEOUT = 408;
  private static final int CONFLICT = 409;
  private static final int TOO_MANY = 429;
  private static final int FIRST_SERVER_ERROR = 500;

  private final String code;
  private final Verdict verdict;
  private final Bill bill;

  /** What the provider is likely to charge for. */
  private enum Bill {
    NOTHING,
    WHAT_WAS_READ
  }

  Failure(String code, Verdict verdict, Bill bill) {
    this.code = code;
    this.verdict = verdict;
    this.bill = bill;
  }

  /** Whether the provider took the call on, and is likely to charge for it. */
  boolean charged() {
    return bill == Bill.WHAT_WAS_READ;
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
