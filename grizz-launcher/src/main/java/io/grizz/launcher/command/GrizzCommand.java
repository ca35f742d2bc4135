package io.grizz.launcher.command;

import io.grizz.api.ConfigException;
import io.grizz.launcher.telemetry.Logs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.UUID;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
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
    },
    subcommands = {
      LaunchCommand.class,
      ChatCommand.class,
      TokenCommand.class,
      DoctorCommand.class,
      ConfigCommand.class,
      MigrateCommand.class,
      UsageCommand.class,
      ForgetCommand.class,
      WebCommand.class,
      WorkerCommand.class,
      OfflineModelCommand.class,
      BenchCommand.class,
      TrainCommand.class,
    })
public final class GrizzCommand implements Runnable {

  private static final int FAILED = 1;
  private static final int BAD_CONFIGURATION = 78;

  @Spec private CommandSpec spec = CommandSpec.create();

  private GrizzCommand() {}

  /** Runs a command line and says with which code to exit. */
  public static int run(String... args) {
    // why: before any class of ours makes its logger
    Logs.begin();
    CommandLine line = new CommandLine(new GrizzCommand());
    line.setExecutionExceptionHandler(errors());
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

  /** People get one line that says what to do; the rest is for the log at DEBUG. */
  private static IExecutionExceptionHandler errors() {
    return (e, line, parsed) -> {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
        return FAILED;
      }
      line.getErr().println("grizz: " + message(e));
      if (e instanceof ConfigException bad) {
        SettingsOptions.remedy(line.getCommandSpec(), bad).ifPresent(line.getErr()::println);
      }
      if ("debug".equalsIgnoreCase(System.getenv("GRIZZ_LOG_LEVEL"))) {
        e.printStackTrace(line.getErr());
      }
      line.getErr().flush();
      return e instanceof ConfigException ? BAD_CONFIGURATION : FAILED;
    };
  }

  private static String message(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
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
