package io.grizz.launcher.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Measures the gateway: fan-out beside the bare library, and what idle clients cost.
 *
 * @param web the command line of {@code grizz web}, without options
 * @param progress is told each step
 */
public record GatewayBench(List<String> web, Size size, Consumer<String> progress) {

  /**
   * How much of it.
   *
   * @param sockets to which each event goes
   * @param rounds in which Grizz and the bare library alternate; the first one only warms up
   * @param idle connections that do nothing; 0 leaves that out
   */
  public record Size(int sockets, int rounds, int idle) {}

  /** Measures. */
  public Report run() throws Exception {
    List<Map.Entry<String, String>> ground = new ArrayList<>(Report.machine());
    ground.add(Map.entry("sockets", String.valueOf(size.sockets())));
    List<Row> rows = new ArrayList<>();
    rows.add(FanOut.measure(size.sockets(), size.rounds(), progress));
    if (size.idle() > 0) {
      progress.accept("connecting " + size.idle() + " idle clients");
      rows.addAll(IdleClients.measure(web, size.idle()));
    }
    return new Report("grizz bench gateway", ground, "bare library", rows, List.of());
  }
}
