package io.grizz.launcher.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.api.Ledger;
import io.grizz.json.Json;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import io.grizz.postgres.PostgresRecord;
import io.grizz.postgres.SessionScope;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what answers have cost. */
@Command(
    name = "usage",
    description = "Shows tokens and cost by user and day of UTC, the latest day first.")
final class UsageCommand implements Callable<Integer> {

  private static final String LINE = "%-10s  %-36s  %6s  %12s  %12s  %12s  %12s%s%n";
  private static final double MICROS = 1e6;

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--user", paramLabel = "UUID", description = "Of this user. Default: of all.")
  private @Nullable UUID user;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "30",
      description = "Of the last N days, today included. Default: 30.")
  private int days = 30;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Most lines. Default: 1000.")
  private int limit = 1_000;

  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  @Option(names = "--data", paramLabel = "DIR", description = "Where the embedded Postgres is.")
  private @Nullable String data;

  @Override
  public Integer call() {
    Settings settings = Address.ofDatabase(options.flag("launch.data", "--data", data));
    Records records = new Records(settings);
    LocalDate today = LocalDate.ofInstant(InstantSource.system().instant(), ZoneOffset.UTC);
    try (SessionScope scope = SessionScope.open(records.database("session.pool-size-worker"))) {
      Ledger ledger =
          new PostgresRecord(scope, records.record(), UUID::randomUUID, InstantSource.system())
              .ledger();
      show(ledger.days(Optional.ofNullable(user), today.minusDays(days - 1L), today, limit));
    }
    return 0;
  }

  private void show(List<Ledger.Day> all) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      all.forEach(day -> out.println(Json.write(object(day))));
    } else {
      out.printf(LINE, "day", "user", "runs", "in", "out", "cached", "dollars", "");
      all.forEach(day ->
          out.printf(
              Locale.ROOT,
              LINE,
              day.day(),
              day.user(),
              day.runs(),
              day.tokens().input(),
              day.tokens().output(),
              day.tokens().cached(),
              String.format(Locale.ROOT, "%.6f", day.costMicros() / MICROS),
              day.estimated() > 0 ? "  (" + day.estimated() + " runs estimated)" : ""));
    }
    out.flush();
  }

  private static ObjectNode object(Ledger.Day day) {
    return Json.object()
        .put("day", day.day().toString())
        .put("user", day.user().toString())
        .put("runs", day.runs())
        .put("estimated", day.estimated())
        .put("in", day.tokens().input())
        .put("out", day.tokens().output())
        .put("cached", day.tokens().cached())
        .put("cost_usd", day.costMicros() / MICROS);
  }
}
