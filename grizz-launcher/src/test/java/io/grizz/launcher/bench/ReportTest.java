package io.grizz.launcher.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a report says of goals, to people and to programs. */
class ReportTest {

  private static final Row FAST =
      Row.of("enqueue", Figure.perSecond(12_345))
          .beside(Figure.perSecond(20_000), 0.62)
          .atLeast(Figure.ratio(0.65));
  private static final Row SMALL =
      Row.of("memory", Figure.megabytes(157)).atMost(Figure.megabytes(350));
  private static final Row FREE = Row.of("jobs", Figure.count(3));

  private static final Report REPORT =
      new Report(
          "grizz bench",
          List.of(Map.entry("cores", "2")),
          "raw",
          List.of(FAST, SMALL, FREE),
          List.of("Why it is so."));

  @Test
  void ratioIsJudgedByItselfAndAFigureByItsBound() {
    assertThat(FAST.met()).contains(false);
    assertThat(FAST.atLeast(Figure.perSecond(12_000)).met()).contains(true);
    assertThat(SMALL.met()).contains(true);
    assertThat(SMALL.atMost(Figure.megabytes(156)).met()).contains(false);
    assertThat(FREE.met()).isEmpty();
    assertThatThrownBy(() -> FREE.atLeast(Figure.ratio(1))).hasMessageContaining("jobs");
  }

  @Test
  void tableStandsInColumns() {
    assertThat(REPORT.table())
        .isEqualTo(
            """
            grizz bench
              cores: 2

                        Grizz       raw  ratio      goal
            enqueue  12,345/s  20,000/s   0.62    ≥ 0.65  NOT MET
            memory     157 MB                   ≤ 350 MB  met
            jobs          3.0

            Why it is so.
            """);
  }

  @Test
  void jsonSaysTheSame() {
    JsonNode json = Json.tree(REPORT.json());
    JsonNode fast = json.path("rows").path(0);
    assertThat(json.path("ground").path("cores").asText()).isEqualTo("2");
    assertThat(fast.path("value").asDouble()).isEqualTo(12_345);
    assertThat(fast.path("unit").asText()).isEqualTo("per_second");
    assertThat(fast.path("ratio").asDouble()).isEqualTo(0.62);
    assertThat(fast.path("goal").path("at_least").asDouble()).isEqualTo(0.65);
    assertThat(fast.path("met").asBoolean(true)).isFalse();
    assertThat(json.path("rows").path(2).has("met")).isFalse();
  }

  @Test
  void percentileIsAMeasuredValue() {
    Samples samples = new Samples(new double[] {5, 1, 4, 2, 3});
    assertThat(samples.median()).isEqualTo(3);
    assertThat(samples.percentile(99)).isEqualTo(5);
    assertThat(samples.percentile(20)).isEqualTo(1);
  }
}
