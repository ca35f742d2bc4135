package io.grizz.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is JSON text and what only looks like it. */
class JsonTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        " [ ] ",
        "null",
        "true",
        "false",
        "\"\"",
        "0",
        "-0.5e+10",
        "1E9",
        "[1,\"a\",{\"b\":[null,{}]}]",
        "{\"a\":{\"b\":[1,2]},\"c\":\"\\u00fc\\n\\\"\"}",
        "\n{\t\"a\" : 1 , \"b\" : [ 1 , 2 ] }\r\n"
      })
  void json(String text) {
    assertThat(JsonText.holds(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "nonsense",
        "{",
        "}",
        "[",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1]",
        "[1}",
        "{} {}",
        "1 2",
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "NaN",
        "Infinity",
        "tru",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12",
        "\"\\",
        "\"line\nbreak\"",
        "\"tab\there\"",
        "// comment\n1",
        "\u00a01"
      })
  void somethingElse(String text) {
    assertThat(JsonText.holds(text)).isFalse();
  }

  @Test
  void depthIsBoundedAndCostsNoStack() {
    assertThat(JsonText.holds(nested(JsonText.DEEPEST))).isTrue();
    assertThat(JsonText.holds(nested(JsonText.DEEPEST + 1))).isFalse();
    assertThat(JsonText.holds("[".repeat(200_000))).isFalse();
    assertThat(JsonText.holds("{\"a\":".repeat(900) + "1" + "}".repeat(900))).isTrue();
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }
}
