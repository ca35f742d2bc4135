package io.grizz.launcher.command;

import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.telemetry.Logs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The tree of commands, and how errors become messages and exit codes. */
@Command(
    name = "grizz",
    mixinStandardHelpOptions = true,
    versionProvider = GrizzCommand.Version.class,
    description = "An AI job engine: messages in, streamed answers out, none of them lost.",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 usage, 69 no JDK, 78 bad configuration.",
      "Begin with: grizz launch"
    })
public final class GrizzCommand implements Runnable {

  /** By name, in the order of the help. */
  private static final Map<String, Class<?>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("launch", LaunchCommand.class);
    COMMANDS.put("chat", ChatCommand.class);
    COMMANDS.put("token", TokenCommand.class);
    COMMANDS.put("doctor", DoctorCommand.class);
    COMMANDS.put("config", ConfigCommand.class);
    COMMANDS.put("migrate", MigrateCommand.class);
    COMMANDS.put("usage", UsageCommand.class);
    COMMANDS.put("forget", ForgetCommand.class);
    COMMANDS.put("web", WebCommand.class);
    COMMANDS.put("worker", WorkerCommand.class);
    COMMANDS.put("offline-model", OfflineModelCommand.class);
    COMMANDS.put("bench", BenchCommand.class);
    COMMANDS.put("train", TrainCommand.class);
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  private GrizzCommand() {}

  /** Runs a command line and says with which code to exit. */
  public static int run(String... args) {
    // why: before any class of ours makes its logger
    Logs.begin();
    // why: settings and command line take a fifth of a second each, and most machines have two
    // cores
    Settings.begin();
    CommandLine line = new CommandLine(new GrizzCommand());
    named(args).forEach(line::addSubcommand);
    line.setExecutionExceptionHandler((e, command, parsed) -> failed(e, command));
    line.registerConverter(UUID.class, GrizzCommand::uuid);
    line.getSubcommands().values().forEach(GrizzCommand::withHelp);
    return line.execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command? See the list below.");
  }

  private static void withHelp(CommandLine command) {
    command.getCommandSpec().mixinStandardHelpOptions(true);
    command.getCommandSpec().versionProvider(new Version());
    command.getSubcommands().values().forEach(GrizzCommand::withHelp);
  }

  private static UUID uuid(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException("'" + text + "' is not a UUID");
    }
  }

  /** The one command that is meant; all of them where none is, for the help and for advice. */
  private static Collection<Class<?>> named(String... args) {
    // why: picocli reads all that a command is annotated with, which for all takes half a second
    return args.length > 0 && COMMANDS.containsKey(args[0])
        ? List.of(COMMANDS.get(args[0]))
        : COMMANDS.values();
  }

  private static int failed(Exception e, CommandLine command) {
    return Failure.report(
        e,
        command.getErr(),
        bad ->
            command.getMixins().values().stream()
                .filter(SettingsOptions.class::isInstance)
                .findFirst()
                .flatMap(options -> ((SettingsOptions) options).remedy(bad)));
  }

  /** The version that the build wrote down. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      Properties build = new Properties();
      try (InputStream in = GrizzCommand.class.getResourceAsStream("/grizz.properties")) {
        if (in != null) {
          build.load(in);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new String[] {
        "grizz " + build.getProperty("version", "of an unknown version"),
        "Java " + System.getProperty("java.version") + " (" + System.getProperty("java.home") + ")"
      };
    }
  }
}
