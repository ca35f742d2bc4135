package io.grizz.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.launcher.supervise.ChildSpec.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives serve the jars that they were made of. */
class ClassArchiveTest {

  @TempDir private Path lib;

  @Test
  void archiveOfARoleIsUsedUntilAJarIsReplaced() throws IOException {
    Path jar = Files.writeString(lib.resolve("grizz.jar"), "one");
    for (String ending : List.of(".aot", ".jsa")) {
      Files.createFile(lib.resolve("worker" + ending));
    }
    Function<Role, List<String>> flags = ClassArchive.whileUnchanged(lib, lib);

    assertThat(flags.apply(Role.WORKER)).anyMatch(flag -> flag.contains(lib + "/worker."));
    assertThat(flags.apply(Role.WEB)).as("nobody made one").isEmpty();
    var date = Files.getLastModifiedTime(jar);
    Files.writeString(jar, "longer");
    Files.setLastModifiedTime(jar, date);
    assertThat(flags.apply(Role.WORKER)).as("with the date of before").isEmpty();
    Files.writeString(jar, "one");
    Files.setLastModifiedTime(jar, date);
    assertThat(flags.apply(Role.WORKER)).isNotEmpty();
    Files.createFile(lib.resolve("another.jar"));
    assertThat(flags.apply(Role.WORKER)).isEmpty();
  }

  @Test
  void folderThatCannotBeReadCostsTheArchiveOnly() throws IOException {
    Path jars = Files.createDirectory(lib.resolve("jars"));
    for (String name : List.of("worker.aot", "worker.jsa")) {
      Files.createFile(lib.resolve(name));
    }
    Function<Role, List<String>> flags = ClassArchive.whileUnchanged(lib, jars);
    assertThat(flags.apply(Role.WORKER)).isNotEmpty();
    Files.delete(jars);
    assertThat(flags.apply(Role.WORKER)).isEmpty();
  }
}
