package io.grizz.launcher.bench;

import java.util.Locale;

/** A measured number with its unit. */
public record Figure(double value, Unit unit) {

  /** What a figure counts, and how many digits of it mean something. */
  public enum Unit {
    PER_SECOND("/s", "%,.0f"),
    SECONDS(" s", "%.2f"),
    MILLIS(" ms", "%.2f"),
    MICROS(" µs", "%.1f"),
    MEGABYTES(" MB", "%,.0f"),
    KIBIBYTES(" KiB", "%,.1f"),
    COUNT("", "%,.1f"),
    RATIO("", "%.2f");

    private final String suffix;
    private final String format;

    Unit(String suffix, String format) {
      this.suffix = suffix;
      this.format = format;
    }
  }

  public static Figure perSecond(double value) {
    return new Figure(value, Unit.PER_SECOND);
  }

  public static Figure seconds(double value) {
    return new Figure(value, Unit.SECONDS);
  }

  public static Figure millis(double value) {
    return new Figure(value, Unit.MILLIS);
  }

  public static Figure micros(double value) {
    return new Figure(value, Unit.MICROS);
  }

  public static Figure megabytes(double value) {
    return new Figure(value, Unit.MEGABYTES);
  }

  public static Figure kibibytes(double value) {
    return new Figure(value, Unit.KIBIBYTES);
  }

  public static Figure count(double value) {
    return new Figure(value, Unit.COUNT);
  }

  public static Figure ratio(double value) {
    return new Figure(value, Unit.RATIO);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, unit.format, value) + unit.suffix;
  }
}
