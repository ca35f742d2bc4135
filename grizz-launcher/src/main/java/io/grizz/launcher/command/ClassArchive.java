package io.grizz.launcher.command;

import io.grizz.launcher.supervise.ChildSpec.Role;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the JVM keeps of a short run of one role, so that the next ones start faster. A JVM maps, or
 * even links, all that its archive holds: hence one for each role.
 */
final class ClassArchive {

  /**
   * The property that says where archives are; empty, or not set, when there are none that fit
   * these jars and this Java. The start script looks at that.
   */
  static final String FOLDER = "grizz.archives";

  private static final int FIRST_WITH_ONE_STEP_CACHES = 25;
  private static final boolean LINKED = Runtime.version().feature() >= FIRST_WITH_ONE_STEP_CACHES;

  /**
   * Without what the JVM learned of the code: it would compile more than a start gains by. Such
   * flags may go with any version.
   */
  private static final List<String> UNTAUGHT =
      List.of(
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:+IgnoreUnrecognizedVMOptions",
          "-XX:-AOTRecordTraining",
          "-XX:-AOTReplayTraining");

  private final Path file;

  private ClassArchive(Path file) {
    this.file = file;
  }

  static ClassArchive in(Path folder, Role role) {
    return new ClassArchive(
        folder.resolve(role.name().toLowerCase(Locale.ROOT) + (LINKED ? ".aot" : ".jsa")));
  }

  /**
   * The flags by which the processes of each role start faster, where there are archives, and for
   * as long as the jars are those of now: some JVMs trust an archive without a look at them.
   */
  static Function<Role, List<String>> ofThisStart() {
    String folder = System.getProperty(FOLDER, "");
    Path jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
    return folder.isEmpty()
        ? role -> List.of()
        : whileUnchanged(Path.of(folder), Objects.requireNonNull(jar.getParent()));
  }

  static Function<Role, List<String>> whileUnchanged(Path folder, Path lib) {
    Set<String> jars = jars(lib);
    return role -> {
      ClassArchive archive = in(folder, role);
      return archive.exists() && jars.equals(jars(lib)) ? archive.using() : List.of();
    };
  }

  /** Their names, sizes and dates. */
  private static Set<String> jars(Path lib) {
    Set<String> jars = new HashSet<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(lib, "*.jar")) {
      for (Path jar : all) {
        jars.add(jar + " " + Files.size(jar) + " " + Files.getLastModifiedTime(jar));
      }
      return jars;
    } catch (IOException | DirectoryIteratorException e) {
      // why not an error: somebody may be in the middle of replacing them
      return Set.of("unknown at " + System.nanoTime());
    }
  }

  boolean exists() {
    return Files.isReadable(file);
  }

  /** The flags of a run that writes it, as it ends. */
  List<String> writing() {
    return LINKED
        ? with("-XX:AOTCacheOutput=" + file, "-Xlog:disable")
        : List.of("-XX:ArchiveClassesAtExit=" + file, "-Xlog:disable");
  }

  /** The flags of a run that is to start faster by it. */
  List<String> using() {
    return LINKED ? with("-XX:AOTCache=" + file) : List.of("-XX:SharedArchiveFile=" + file);
  }

  private static List<String> with(String... flags) {
    return Stream.concat(UNTAUGHT.stream(), Stream.of(flags)).toList();
  }
}
