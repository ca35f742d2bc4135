package io.grizz.launcher.command;

import io.grizz.launcher.settings.Setting;
import io.grizz.launcher.settings.Settings;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows what is set, and where. */
@Command(
    name = "config",
    description = "Shows every setting, its value and where it came from. Secrets are masked.")
final class ConfigCommand implements Callable<Integer> {

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    Settings settings = options.load();
    int keys = settings.all().stream().mapToInt(each -> each.key().length()).max().orElse(0);
    PrintWriter out = spec.commandLine().getOut();
    for (Setting setting : settings.all()) {
      out.printf("%-" + keys + "s = %-30s  %s%n", setting.key(), setting.shown(), setting.origin());
    }
    out.flush();
    return 0;
  }
}
