package io.grizz.launcher.command;

import io.grizz.api.ConfigException;
import io.grizz.launcher.settings.Settings;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints a token. */
@Command(name = "token", description = "Prints a token, alone on stdout.")
final class TokenCommand implements Callable<Integer> {

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @ArgGroup(multiplicity = "1")
  private Whose whose = new Whose();

  /** Exactly one of them. */
  private static final class Whose {

    @Option(names = "--user", paramLabel = "UUID", description = "The user's, good for 12 hours.")
    private @Nullable UUID user;

    @Option(names = "--admin", description = "The operator's, for /admin and /dashboard.")
    private boolean admin;
  }

  @Option(names = "--data", paramLabel = "DIR", description = "Where Grizz's own secret is.")
  private @Nullable String data;

  @Override
  public Integer call() {
    Settings settings = options.flag("launch.data", "--data", data).load();
    spec.commandLine().getOut().println(token(settings));
    spec.commandLine().getOut().flush();
    return 0;
  }

  private String token(Settings settings) {
    UUID user = whose.user;
    return user != null && !whose.admin
        ? LocalTokens.of(settings, user).fresh()
        : Home.secret(settings, Home.ADMIN)
            .orElseThrow(() ->
                new ConfigException(
                    Home.ADMIN,
                    "not set, and none is kept in " + Home.path(settings),
                    "set, or made by a first \"grizz launch\" with this --data"));
  }
}
