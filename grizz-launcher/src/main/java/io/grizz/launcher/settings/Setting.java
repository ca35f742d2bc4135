package io.grizz.launcher.settings;

import io.grizz.api.ConfigException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One value, as it was written, and where.
 *
 * @param key its dotted name
 * @param text what was written; empty for not set
 * @param origin {@code default}, or the file, variable or flag that set it
 */
public record Setting(String key, String text, String origin) {

  private static final Set<String> SECRETS =
      Set.of("redis.url", "database.url", "model.key", "auth.secret", "admin.token");

  private static final Pattern AMOUNT = Pattern.compile("(\\d{1,10})\\s*([A-Za-z]+)");

  /** In milliseconds: a Duration multiplies by way of BigDecimal, which costs a start 15 ms. */
  private static final Map<String, Integer> TIMES =
      Map.of("ms", 1, "s", 1000, "m", 60_000, "h", 3_600_000, "d", 86_400_000);

  private static final Map<String, Integer> SIZES = Map.of("B", 1, "KiB", 1 << 10, "MiB", 1 << 20);

  /** The value as people may see it. */
  public String shown() {
    return SECRETS.contains(key) && !text.isEmpty() ? "********" : text;
  }

  /** The value; empty when it is not set. */
  public Optional<String> optional() {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  /** The value as something else; empty when it is not set. */
  <T> Optional<T> optionally(Function<Setting, T> reading) {
    return text.isEmpty() ? Optional.empty() : Optional.of(reading.apply(this));
  }

  /** Its parts between commas. */
  List<String> list() {
    return Pattern.compile(",")
        .splitAsStream(text)
        .map(String::strip)
        .filter(each -> !each.isEmpty())
        .toList();
  }

  boolean flag() {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong("true or false");
    };
  }

  URI address() {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw wrong("an address");
    }
  }

  int integer() {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw wrong("a whole number");
    }
  }

  /** An amount of money in its millionths. */
  long micros() {
    try {
      return new BigDecimal(text).movePointRight(6).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw wrong("an amount like 0.50, in dollars");
    }
  }

  Duration duration() {
    Matcher amount = AMOUNT.matcher(text);
    if (amount.matches() && TIMES.containsKey(amount.group(2))) {
      return Duration.ofMillis(Long.parseLong(amount.group(1)) * TIMES.get(amount.group(2)));
    }
    throw wrong("a duration like 500ms, 30s, 10m, 24h or 30d");
  }

  int bytes() {
    Matcher amount = AMOUNT.matcher(text);
    if (amount.matches() && SIZES.containsKey(amount.group(2))) {
      long bytes = Long.parseLong(amount.group(1)) * SIZES.get(amount.group(2));
      if (bytes <= Integer.MAX_VALUE) {
        return (int) bytes;
      }
    }
    throw wrong("a size like 512B, 64KiB or 1MiB");
  }

  <E extends Enum<E>> E choice(Class<E> type) {
    for (E each : type.getEnumConstants()) {
      if (each.name().equals(text.toUpperCase(Locale.ROOT))) {
        return each;
      }
    }
    throw wrong("one of " + List.of(type.getEnumConstants()));
  }

  ConfigException wrong(String expected) {
    return new ConfigException(key, "\"" + shown() + "\"", expected);
  }
}
