package io.grizz.launcher.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a benchmark found: a table for people, JSON for programs.
 *
 * @param title names the benchmark
 * @param ground what it ran on, in the order in which it is shown
 * @param besides what the figures beside those of Grizz are of; empty when there are none
 * @param rows what was measured
 * @param notes what explains the figures
 */
public record Report(
    String title,
    List<Map.Entry<String, String>> ground,
    String besides,
    List<Row> rows,
    List<String> notes) {

  public Report {
    ground = List.copyOf(ground);
    rows = List.copyOf(rows);
    notes = List.copyOf(notes);
  }

  /** What every benchmark runs on: the cores and the Java. */
  public static List<Map.Entry<String, String>> machine() {
    return List.of(
        Map.entry("cores", String.valueOf(Runtime.getRuntime().availableProcessors())),
        Map.entry("java", System.getProperty("java.version")));
  }

  /** The rows below each other, each with its goal and whether it was met. */
  public String table() {
    List<List<String>> cells = new ArrayList<>();
    cells.add(List.of("", "Grizz", besides, besides.isEmpty() ? "" : "ratio", "goal", ""));
    rows.forEach(row -> cells.add(cells(row)));
    StringBuilder text = new StringBuilder(title).append('\n');
    ground.forEach(it -> text.append("  %s: %s\n".formatted(it.getKey(), it.getValue())));
    text.append('\n');
    int[] widths = new int[cells.getFirst().size()];
    cells.forEach(line -> widen(widths, line));
    cells.forEach(line -> text.append(line(line, widths)).append('\n'));
    if (!notes.isEmpty()) {
      text.append('\n');
    }
    notes.forEach(note -> text.append(note).append('\n'));
    return text.toString();
  }

  /** The same as one JSON object, on one line. */
  public String json() {
    ObjectNode all = Json.object().put("title", title);
    ObjectNode on = all.putObject("ground");
    ground.forEach(it -> on.put(it.getKey(), it.getValue()));
    ArrayNode list = all.putArray("rows");
    rows.forEach(row -> list.add(json(row)));
    ArrayNode said = all.putArray("notes");
    notes.forEach(said::add);
    return Json.write(all);
  }

  private static ObjectNode json(Row row) {
    ObjectNode json = Json.object().put("what", row.what());
    json.put("value", row.measured().value()).put("unit", unit(row.measured()));
    row.beside().ifPresent(it -> json.put("beside", it.figure().value()).put("ratio", it.ratio()));
    row.goal()
        .ifPresent(it ->
            json.putObject("goal")
                .put(it.sense().name().toLowerCase(Locale.ROOT), it.bound().value())
                .put("unit", unit(it.bound())));
    row.met().ifPresent(it -> json.put("met", it));
    return json;
  }

  private static String unit(Figure figure) {
    return figure.unit().name().toLowerCase(Locale.ROOT);
  }

  private static List<String> cells(Row row) {
    return List.of(
        row.what(),
        row.measured().toString(),
        row.beside().map(it -> it.figure().toString()).orElse(""),
        row.beside().map(it -> Figure.ratio(it.ratio()).toString()).orElse(""),
        row.goal().map(Row.Goal::toString).orElse(""),
        row.met().map(met -> met ? "met" : "NOT MET").orElse(""));
  }

  private static void widen(int[] widths, List<String> line) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], line.get(i).length());
    }
  }

  /** Words to the left, numbers to the right. */
  private static String line(List<String> cells, int[] widths) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      boolean words = i == 0 || i == widths.length - 1;
      String gap = " ".repeat(widths[i] - cells.get(i).length());
      text.append(words ? cells.get(i) + gap : gap + cells.get(i)).append("  ");
    }
    return text.toString().stripTrailing();
  }
}
