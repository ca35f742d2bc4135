package io.grizz.launcher.command;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of a child: this very Grizz, on this very Java. Never holds a secret. */
final class JavaCommand {

  /** Small on purpose: the processes of one machine are many, and wait most of the time. */
  private static final List<String> SMALL =
      List.of("-XX:+UseSerialGC", "-Xss512k", "-XX:ReservedCodeCacheSize=32m", "-XX:-UsePerfData");

  private static final Path LARGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
  private static final String MAIN = "io.grizz.launcher.Main";

  private JavaCommand() {}

  /**
   * @param name of the process, for those who look at a list of processes
   * @param heap the most memory for objects, as the JVM writes it
   * @param archive flags of a {@link ClassArchive}
   * @param arguments of Grizz
   */
  static List<String> of(String name, String heap, List<String> archive, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SMALL);
    if (largePages()) {
      command.add("-XX:+UseTransparentHugePages");
    }
    command.add("-Xmx" + heap);
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Dgrizz.process=" + name);
    String home = System.getProperty("grizz.home");
    if (home != null) {
      command.add("-Dgrizz.home=" + home);
    }
    command.add("-D" + ClassArchive.FOLDER + "=" + System.getProperty(ClassArchive.FOLDER, ""));
    command.addAll(archive);
    command.add("-cp");
    command.add(absolute(System.getProperty("java.class.path")));
    command.add(MAIN);
    command.addAll(arguments);
    return command;
  }

  /** Where they cannot be had, the JVM would say so on stdout. */
  private static boolean largePages() {
    try {
      return Files.isReadable(LARGE_PAGES) && !Files.readString(LARGE_PAGES).contains("[never]");
    } catch (IOException e) {
      return false;
    }
  }

  private static String absolute(String classPath) {
    List<String> entries = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      entries.add(Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, entries);
  }
}
