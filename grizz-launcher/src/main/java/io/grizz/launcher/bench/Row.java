package io.grizz.launcher.bench;

import io.grizz.launcher.bench.Figure.Unit;
import java.util.Optional;

/**
 * One thing that was measured. Begin with {@link #of}.
 *
 * @param what was measured, for people
 * @param measured of Grizz
 * @param beside the same of what Grizz is compared with, in the same run
 * @param goal what was wanted
 */
public record Row(String what, Figure measured, Optional<Beside> beside, Optional<Goal> goal) {

  /**
   * What Grizz is compared with.
   *
   * @param ratio of Grizz to it; of rounds that alternate the median, so not just the quotient of
   *     the two figures
   */
  public record Beside(Figure figure, double ratio) {}

  /** A bound. One in {@link Unit#RATIO} judges the ratio, any other the figure of Grizz. */
  public record Goal(Sense sense, Figure bound) {
    @Override
    public String toString() {
      return sense.sign + " " + bound;
    }
  }

  /** On which side of the bound it is well. */
  public enum Sense {
    AT_LEAST("≥"),
    AT_MOST("≤");

    private final String sign;

    Sense(String sign) {
      this.sign = sign;
    }
  }

  public Row {
    if (goal.isPresent() && goal.get().bound().unit() == Unit.RATIO && beside.isEmpty()) {
      throw new IllegalArgumentException(what + ": a ratio, but to what?");
    }
  }

  /** A row without comparison and goal. */
  public static Row of(String what, Figure measured) {
    return new Row(what, measured, Optional.empty(), Optional.empty());
  }

  public Row beside(Figure other, double ratio) {
    return new Row(what, measured, Optional.of(new Beside(other, ratio)), goal);
  }

  public Row atLeast(Figure bound) {
    return new Row(what, measured, beside, Optional.of(new Goal(Sense.AT_LEAST, bound)));
  }

  public Row atMost(Figure bound) {
    return new Row(what, measured, beside, Optional.of(new Goal(Sense.AT_MOST, bound)));
  }

  /** Whether the goal was met; empty without one. */
  public Optional<Boolean> met() {
    return goal.map(it -> {
      double judged =
          it.bound().unit() == Unit.RATIO ? beside.orElseThrow().ratio() : measured.value();
      return switch (it.sense()) {
        case AT_LEAST -> judged >= it.bound().value();
        case AT_MOST -> judged <= it.bound().value();
      };
    });
  }
}
