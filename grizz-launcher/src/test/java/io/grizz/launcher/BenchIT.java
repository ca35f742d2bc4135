package io.grizz.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import io.grizz.launcher.LaunchedGrizz.Ran;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The benchmarks of a whole Grizz measure what they say. Their figures are not judged. */
class BenchIT {

  @ParameterizedTest
  @CsvSource({
    "gateway, --sockets --idle --rounds",
    "chat, --users --tokens --rate --warm-up --workers"
  })
  void helpNamesEveryOption(String bench, String options) throws Exception {
    Ran ran = LaunchedGrizz.run("bench", bench, "--help");
    assertThat(ran.exit()).isZero();
    assertThat(ran.out())
        .startsWith("Usage: grizz bench " + bench)
        .contains("--json", "--quiet")
        .contains(options.split(" "));
  }

  @Test
  void gateway() throws Exception {
    JsonNode report = report("gateway", "--sockets", "20", "--rounds", "1", "--idle", "30");
    assertThat(what(report))
        .containsExactly(
            "frames to all sockets", "heap of an idle connection", "resident memory with 30 idle");
    assertThat(report.path("rows").path(0).path("ratio").asDouble()).isPositive();
    assertThat(report.path("rows").path(2).path("value").asDouble()).isBetween(30.0, 1_000.0);
  }

  @Test
  void chat() throws Exception {
    JsonNode report =
        report("chat", "--users=8", "--tokens=10", "--ramp=0", "--warm-up=1", "--workers=1");
    assertThat(what(report))
        .containsExactly(
            "answers that failed",
            "added delay of a token, p50",
            "added delay of a token, p99",
            "first token, p50",
            "first token, p99",
            "tokens");
    assertThat(report.path("rows").path(0).path("value").asInt(-1)).isZero();
    assertThat(report.path("rows").path(3).path("value").asDouble()).isGreaterThan(150);
    assertThat(report.path("rows").path(5).path("value").asDouble()).isPositive();
  }

  private static JsonNode report(String bench, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of("bench", bench, "--json"));
    words.addAll(List.of(options));
    Ran ran = LaunchedGrizz.run(words.toArray(String[]::new));
    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(ran.err()).contains("bench: ").doesNotContain("Exception");
    return Json.tree(ran.out());
  }

  private static List<String> what(JsonNode report) {
    return StreamSupport.stream(report.path("rows").spliterator(), false)
        .map(row -> row.path("what").asText())
        .toList();
  }
}
