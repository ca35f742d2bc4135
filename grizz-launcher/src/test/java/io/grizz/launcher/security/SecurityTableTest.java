package io.grizz.launcher.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** The table of {@code docs/security.md}: all lines, each with a test that exists, or a reason. */
class SecurityTableTest {

  private static final int LINES = 50;
  private static final Path SOURCES = Path.of("src/test/java/io/grizz/launcher/security");
  private static final Pattern ROW =
      Pattern.compile("^\\| (S\\d\\d) \\| (.+) \\| (.+) \\|$", Pattern.MULTILINE);
  private static final Pattern REASON = Pattern.compile("(not yet|cannot be tested here): .{3,}");

  @Test
  void everyLineHasATestOrAReason_andEveryTestALine() throws Exception {
    Map<String, String> rows = new TreeMap<>();
    for (MatchResult row : ROW.matcher(table()).results().toList()) {
      assertThat(rows.put(row.group(1), row.group(3))).as(row.group(1) + " twice").isNull();
    }
    assertThat(rows.keySet())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, LINES).mapToObj("S%02d"::formatted).toList());

    List<String> tests = tests();
    rows.forEach((line, proof) -> {
      List<String> ofLine = tests.stream().filter(it -> it.contains("." + line + "_")).toList();
      if (proof.startsWith("`io.grizz.")) {
        assertThat(isTest(proof.replace("`", ""))).as(proof).isTrue();
      } else if (proof.startsWith("`")) {
        assertThat(ofLine).as(line).contains(proof.replace("`", ""));
      } else {
        assertThat(proof).as(line).matches(REASON);
        assertThat(ofLine).as(line + " is tested, so the table must say so").isEmpty();
      }
    });
    assertThat(tests).allMatch(it -> rows.containsKey(it.replaceAll(".*\\.(S\\d\\d)_.*", "$1")));
  }

  /** Whether a test of another room exists, by its whole name. */
  private static boolean isTest(String name) {
    int dot = name.lastIndexOf('.');
    try {
      return Arrays.stream(Class.forName(name.substring(0, dot)).getDeclaredMethods())
          .filter(method -> method.getName().equals(name.substring(dot + 1)))
          .anyMatch(method ->
              method.isAnnotationPresent(Test.class)
                  || method.isAnnotationPresent(ParameterizedTest.class));
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static String table() throws IOException {
    return Files.readString(Path.of("docs/security.md"));
  }

  /** All tests of this room but this one, as class and method. */
  private static List<String> tests() throws Exception {
    try (Stream<Path> files = Files.list(SOURCES)) {
      List<Path> classes = files.filter(it -> it.toString().matches(".*(Test|IT)\\.java")).toList();
      Stream.Builder<String> found = Stream.builder();
      for (Path file : classes) {
        String name = file.getFileName().toString().replace(".java", "");
        Class<?> tests = Class.forName(SecurityTableTest.class.getPackageName() + "." + name);
        Arrays.stream(tests.getDeclaredMethods())
            .filter(it -> it.isAnnotationPresent(Test.class))
            .map(Method::getName)
            .filter(it -> it.startsWith("S"))
            .forEach(method -> found.add(name + "." + method));
      }
      return found.build().toList();
    }
  }
}
