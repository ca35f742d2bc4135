package io.grizz.launcher.command;

import io.grizz.launcher.settings.Settings;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints a development token. */
@Command(
    name = "token",
    description = "Prints a token for a user, good for 12 hours, alone on stdout.")
final class TokenCommand implements Callable<Integer> {

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--user", paramLabel = "UUID", required = true, description = "Whose token.")
  private @Nullable UUID user;

  @Option(names = "--data", paramLabel = "DIR", description = "Where Grizz's own secret is.")
  private @Nullable String data;

  @Override
  public Integer call() {
    Settings settings = options.flag("launch.data", "--data", data).load();
    UUID whose = user == null ? UUID.randomUUID() : user;
    spec.commandLine().getOut().println(LocalTokens.of(settings, whose).fresh());
    spec.commandLine().getOut().flush();
    return 0;
  }
}
