package io.grizz.launcher;

import io.grizz.launcher.command.GrizzCommand;

/** The {@code grizz} command. Exit codes: 0 done, 1 failed, 2 usage, 78 bad configuration. */
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    System.exit(GrizzCommand.run(args));
  }
}
