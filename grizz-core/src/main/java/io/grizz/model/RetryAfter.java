package io.grizz.model;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** How long a provider wants to be left alone: in milliseconds, in seconds, or until a date. */
final class RetryAfter {

  private static final Duration UNSAID = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private RetryAfter() {}

  /** What the headers say, at most a minute; 5 s when they say nothing that can be read. */
  static Duration of(HttpHeaders headers) {
    return headers
        .firstValue("retry-after-ms")
        .map(millis -> Duration.ofMillis(number(millis, 5_000)))
        .or(() -> headers.firstValue("retry-after").map(RetryAfter::secondsOrDate))
        .map(RetryAfter::capped)
        .orElse(UNSAID);
  }

  private static Duration secondsOrDate(String text) {
    if (text.strip().matches("\\d{1,9}(\\.\\d+)?")) {
      return Duration.ofMillis((long) (Double.parseDouble(text.strip()) * 1_000));
    }
    try {
      Instant date =
          ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Duration.between(Instant.now(), date);
    } catch (DateTimeException e) {
      return UNSAID;
    }
  }

  private static long number(String text, long otherwise) {
    return text.strip().matches("\\d{1,9}") ? Long.parseLong(text.strip()) : otherwise;
  }

  private static Duration capped(Duration asked) {
    if (asked.isNegative()) {
      return Duration.ZERO;
    }
    return asked.compareTo(LONGEST) > 0 ? LONGEST : asked;
  }
}
