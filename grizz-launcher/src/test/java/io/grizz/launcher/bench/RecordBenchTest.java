package io.grizz.launcher.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.launcher.bench.RecordBench.Size;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The benchmark measures what it says. Its figures are not judged. */
class RecordBenchTest {

  private static final Size SMALL = new Size(2, 200, 1_000);

  @Test
  void measuresTheRecordBesidePgbenchWhereThereIsOne() throws Exception {
    List<String> steps = new ArrayList<>();
    Report report = new RecordBench(SMALL, steps::add).run();

    assertThat(report.rows())
        .extracting(Row::what)
        .containsExactly(
            "accept, over 4 connections",
            "finish, over 4 connections",
            "accept one by one, p50",
            "accept one by one, p99",
            "1,000 virtual threads write, beside 4 of the platform",
            "1,000 virtual threads read, beside 4 of the platform");
    assertThat(report.rows()).allMatch(row -> row.measured().value() > 0);
    boolean compared = PgBench.at(URI.create("postgresql://u:p@h:1/d")).isPresent();
    assertThat(report.rows().subList(0, 2))
        .allMatch(row -> row.beside().isPresent() == compared)
        .allMatch(row -> row.goal().isPresent() == compared);
    assertThat(report.notes()).hasSize(compared ? 0 : 1);
    assertThat(steps).hasSize(5);
  }
}
