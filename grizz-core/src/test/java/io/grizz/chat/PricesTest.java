package io.grizz.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ConfigException;
import io.grizz.model.Completion.Tokens;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What tokens cost. */
class PricesTest {

  private final Prices prices =
      Prices.parse(List.of("gpt-4.1 2.00 0.50 8.00", "gpt-4.1-mini 0.40 0.10 1.60"));

  @Test
  void dollarForAMillionTokensIsAMicroDollarForOne() {
    assertThat(prices.cost("gpt-4.1", new Tokens(1_000, 100, 0, 0, false))).isEqualTo(2_800);
    assertThat(prices.cost("gpt-4.1", new Tokens(1_000, 100, 600, 0, false)))
        .as("cached input is cheaper")
        .isEqualTo(400 * 2 + 300 + 800);
  }

  @Test
  void datedNameIsThatOfTheLongestBeginning() {
    assertThat(prices.cost("gpt-4.1-mini-2025-04-14", new Tokens(10, 10, 0, 0, false)))
        .isEqualTo(4 + 16);
  }

  @Test
  void partOfAMicroDollarIsRoundedUp() {
    assertThat(prices.cost("gpt-4.1-mini", new Tokens(1, 0, 0, 0, false))).isEqualTo(1);
  }

  @Test
  void modelThatIsNotListedCostsNothing() {
    assertThat(prices.cost("llama", new Tokens(1_000, 1_000, 0, 0, false))).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt-4.1", "gpt-4.1 1 2", "gpt-4.1 1 2 x", "gpt-4.1 1 2 -3", ""})
  void lineThatIsNoPriceIsRefused(String line) {
    assertThatThrownBy(() -> Prices.parse(List.of(line)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("model.prices");
  }
}
