package io.grizz.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** All Java in the README is code of these examples, which are compiled and run. */
class ReadmeTest {

  private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");

  @Test
  void javaInTheReadmeIsTested() throws IOException {
    List<String> shown =
        JAVA.matcher(Files.readString(Path.of("../README.md")))
            .results()
            .map(it -> flat(it.group(1)))
            .toList();
    List<String> tested = sources();

    assertThat(shown).hasSizeGreaterThan(1);
    assertThat(shown).allMatch(code -> tested.stream().anyMatch(it -> it.contains(code)));
    assertThat(tested).noneMatch(it -> it.contains(flat("int madeUp = 1;\n")));
  }

  private static List<String> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      return files
          .filter(it -> it.toString().endsWith(".java") && !it.endsWith("ReadmeTest.java"))
          .map(ReadmeTest::read)
          .map(ReadmeTest::flat)
          .toList();
    }
  }

  /** Without indentation: an excerpt stands further to the left than in its class. */
  private static String flat(String code) {
    return code.lines().map(String::strip).collect(Collectors.joining("\n", "\n", "\n"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
