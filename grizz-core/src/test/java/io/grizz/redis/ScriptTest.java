package io.grizz.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scripts and their parts: what one calls is there, and what is there is called. */
class ScriptTest {

  private static final Pattern COMMENT = Pattern.compile("(?m)--.*$");
  private static final Pattern DEFINED = Pattern.compile("local function (\\w+)");
  private static final Pattern CALLED = Pattern.compile("(?<![.\\w])(\\w+)\\(");

  /** The language's own, and words of it that may stand before a parenthesis. */
  private static final Set<String> LUA =
      Set.of("tonumber", "ipairs", "unpack", "function", "and", "or", "not", "if", "elseif");

  @ParameterizedTest
  @EnumSource(Script.class)
  void everyFunctionThatIsCalledIsInOneOfTheParts(Script script) {
    String code = code(script);
    Set<String> missing = new TreeSet<>(names(CALLED, code));
    missing.removeAll(names(DEFINED, code));
    missing.removeAll(LUA);
    assertThat(missing).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Script.class)
  void everyPartIsUsed(Script script) {
    String code = code(script);
    Stream<String> parts =
        Stream.of(script.text().split("(?m)^(?=-- \\w+: )"))
            .filter(part -> part.startsWith("-- ") && !part.startsWith("-- prelude"));
    assertThat(parts)
        .allSatisfy(part -> {
          Set<String> functions = names(DEFINED, part);
          String rest = code.replace(COMMENT.matcher(part).replaceAll(""), "");
          Set<String> called = names(CALLED, rest);
          called.retainAll(functions);
          boolean itself = part.startsWith("-- " + script.name().toLowerCase(Locale.ROOT) + ":");
          assertThat(itself || !called.isEmpty()).as(part.lines().findFirst().orElse("")).isTrue();
        });
  }

  private static String code(Script script) {
    return COMMENT.matcher(script.text()).replaceAll("");
  }

  private static Set<String> names(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
