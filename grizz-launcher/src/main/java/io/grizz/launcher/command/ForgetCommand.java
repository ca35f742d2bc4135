package io.grizz.launcher.command;

import io.grizz.Chats;
import io.grizz.Grizz;
import io.grizz.api.Erasure;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Deletes a user. */
@Command(
    name = "forget",
    description = {
      "Deletes all that is known of a user, for good: conversations, messages, jobs, output logs,",
      "dead letters, and what was used. Safe to repeat."
    })
final class ForgetCommand implements Callable<Integer> {

  @Mixin private SettingsOptions options = new SettingsOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "USER", description = "The user's UUID.")
  private @Nullable UUID user;

  @Option(names = "--yes", description = "Says that it is meant.")
  private boolean sure;

  @Option(names = "--data", paramLabel = "DIR", description = "Where the embedded servers are.")
  private @Nullable String data;

  @Override
  public Integer call() {
    if (!sure || user == null) {
      throw new ParameterException(spec.commandLine(), "This cannot be undone: repeat with --yes.");
    }
    Settings settings = Address.ofBoth(options.flag("launch.data", "--data", data));
    Records records = new Records(settings);
    try (Grizz grizz = Grizz.open(records.redis(), records.queue())) {
      Chats chats =
          grizz.chats(
              records.database("session.pool-size-worker"), records.record(), records.chat());
      chats.chat().forget(new Erasure.Scope(user, Optional.empty()));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(user + " is forgotten");
    out.flush();
    return 0;
  }
}
