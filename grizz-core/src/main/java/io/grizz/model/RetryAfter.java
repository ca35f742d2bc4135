package io.grizz.model;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;

/** How long a provider wants to be left alone: in milliseconds, in seconds, or until a date. */
final class RetryAfter {

  /** For a provider that does not say. */
  static final Duration UNSAID = Duration.ofSeconds(5);

  private static final Duration SHORTEST = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(60);
  private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?");

  private RetryAfter() {}

  /** What the headers say, at most a minute; 5 s when they say nothing that can be read. */
  static Duration of(HttpHeaders headers) {
    return headers
        .firstValue("retry-after-ms")
        .map(RetryAfter::millis)
        .or(() -> headers.firstValue("retry-after").map(RetryAfter::secondsOrDate))
        .map(RetryAfter::capped)
        .orElse(UNSAID);
  }

  private static Duration secondsOrDate(String text) {
    if (NUMBER.matcher(text.strip()).matches()) {
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

  private static Duration millis(String text) {
    return NUMBER.matcher(text.strip()).matches()
        ? Duration.ofMillis((long) Double.parseDouble(text.strip()))
        : UNSAID;
  }

  private static Duration capped(Duration asked) {
    // why the shortest: a call that is put off costs no attempt, and must not become a busy loop
    return asked.compareTo(SHORTEST) < 0
        ? SHORTEST
        : asked.compareTo(LONGEST) > 0 ? LONGEST : asked;
  }
}
