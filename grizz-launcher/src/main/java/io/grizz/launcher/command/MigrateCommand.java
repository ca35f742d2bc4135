package io.grizz.launcher.command;

import io.grizz.launcher.settings.Records;
import io.grizz.postgres.Migrations;
import io.grizz.postgres.PostgresConfig;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Brings the database's tables up to date. */
@Command(
    name = "migrate",
    description = {
      "Brings the database's tables up to date, as \"grizz launch\" does by itself.",
      "Safe to run at any time, and from many machines at once."
    })
final class MigrateCommand implements Callable<Integer> {

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--print", description = "Prints the SQL for a tool of yours, and runs nothing.")
  private boolean print;

  @Option(names = "--data", paramLabel = "DIR", description = "Where the embedded Postgres is.")
  private @Nullable String data;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (print) {
      Migrations.sql().forEach(step -> out.printf("-- %s%n%n%s%n", step.name(), step.sql()));
    } else {
      options.flag("launch.data", "--data", data);
      PostgresConfig database =
          new Records(Address.ofDatabase(options)).database("session.pool-size-worker");
      int steps = Migrations.run(database);
      out.println(steps == 0 ? "nothing to do" : "steps done: " + steps);
    }
    out.flush();
    return 0;
  }
}
