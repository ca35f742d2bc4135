package io.grizz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for every source file of Grizz, in all its modules, whatever it says. */
class SourceTreeTest {

  private static final int MOST_LINES = 400;
  private static final Path GRIZZ = Path.of("..");

  @Test
  void noFileIsLongerThanItsBudget(@TempDir Path scratch) throws IOException {
    assertThat(files(GRIZZ, SourceTreeTest::isTooLong)).isEmpty();

    var guilty = Files.write(scratch.resolve("Long.java"), "\n".repeat(401).lines().toList());
    Files.write(scratch.resolve("Short.java"), "\n".repeat(400).lines().toList());
    assertThat(files(scratch, SourceTreeTest::isTooLong)).containsExactly(guilty);
  }

  @Test
  void everyRoomIsMarkedNonNull(@TempDir Path scratch) throws IOException {
    assertThat(files(GRIZZ, SourceTreeTest::isUnmarked)).isEmpty();

    var guilty = Files.writeString(scratch.resolve("Guilty.java"), "class Guilty {}");
    assertThat(files(scratch, SourceTreeTest::isUnmarked)).containsExactly(guilty);
  }

  private static List<Path> files(Path root, Predicate<Path> guilty) throws IOException {
    var found = new ArrayList<Path>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            var made = folder.endsWith("target") || folder.endsWith(".git");
            return made ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (guilty.test(file)) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }

  private static boolean isTooLong(Path file) {
    var name = file.toString();
    return (name.endsWith(".java") || name.endsWith(".lua")) && lines(file).size() > MOST_LINES;
  }

  /** A test is in the room that it tests, so the mark may stand beside the classes it tests. */
  private static boolean isUnmarked(Path file) {
    if (!file.toString().endsWith(".java") || file.endsWith("module-info.java")) {
      return false;
    }
    var beside = file.resolveSibling("package-info.java");
    var tested = Path.of(beside.toString().replace("src/test/", "src/main/"));
    return !isMark(beside) && !isMark(tested);
  }

  private static boolean isMark(Path packageInfo) {
    return Files.exists(packageInfo) && lines(packageInfo).contains("@NullMarked");
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
