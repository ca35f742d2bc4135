package io.grizz.launcher;

import io.grizz.launcher.command.GrizzCommand;
import io.grizz.launcher.command.SupervisedProcess;

/** The {@code grizz} command. Exit codes: 0 done, 1 failed, 2 usage, 78 bad configuration. */
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    boolean supervised = args.length > 0 && args[0].equals(SupervisedProcess.WORD);
    System.exit(supervised ? SupervisedProcess.run(args) : GrizzCommand.run(args));
  }
}
