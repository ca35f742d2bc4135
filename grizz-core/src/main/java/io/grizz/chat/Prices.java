package io.grizz.chat;

import static io.grizz.api.ConfigException.require;

import io.grizz.model.Completion.Tokens;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What models cost. A dollar for a million tokens is a micro-dollar for one, so that no sum of
 * answers is rounded more than once each.
 *
 * @param models by the beginning of their names: providers answer with dated ones
 */
public record Prices(Map<String, Price> models) {

  /** Nothing costs anything. */
  public static final Prices NONE = new Prices(Map.of());

  private static final String SETTING = "model.prices";
  private static final String FORM = "like gpt-4.1-mini 0.40 0.10 1.60: input, cached, output";
  private static final int PARTS = 4;

  public Prices {
    models = Map.copyOf(models);
  }

  /** Each line a model and its three prices, in dollars for a million tokens. */
  public static Prices parse(List<String> lines) {
    Map<String, Price> models = new HashMap<>();
    for (String line : lines) {
      String[] parts = line.strip().split("\\s+", -1);
      require(parts.length == PARTS, SETTING, line, FORM);
      try {
        models.put(
            parts[0],
            new Price(
                new BigDecimal(parts[1]), new BigDecimal(parts[2]), new BigDecimal(parts[3])));
      } catch (NumberFormatException e) {
        require(false, SETTING, line, FORM);
      }
    }
    return new Prices(models);
  }

  /** What a call costs in micro-dollars, rounded up; nothing when the model has no price. */
  long cost(String model, Tokens used) {
    return price(model).map(it -> it.of(used)).orElse(0L);
  }

  /** Of the names that the model's begins with, the longest is meant. */
  private Optional<Price> price(String model) {
    return models.keySet().stream()
        .filter(model::startsWith)
        .max(Comparator.comparingInt(String::length))
        .map(models::get);
  }

  /**
   * Of one model, in dollars for a million tokens.
   *
   * @param input of what it reads
   * @param cached of what it read before
   * @param output of what it says
   */
  public record Price(BigDecimal input, BigDecimal cached, BigDecimal output) {
    public Price {
      for (BigDecimal each : List.of(input, cached, output)) {
        require(each.signum() >= 0, SETTING, each, "zero or more");
      }
    }

    private long of(Tokens used) {
      int fresh = Math.max(0, used.input() - used.cached());
      return input
          .multiply(BigDecimal.valueOf(fresh))
          .add(cached.multiply(BigDecimal.valueOf(used.cached())))
          .add(output.multiply(BigDecimal.valueOf(used.output())))
          .setScale(0, RoundingMode.CEILING)
          .longValueExact();
    }
  }
}
