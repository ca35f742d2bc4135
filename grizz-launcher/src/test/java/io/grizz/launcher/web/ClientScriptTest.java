package io.grizz.launcher.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Runs the tests of the scripts, which are scripts themselves: {@code src/test/web}. */
class ClientScriptTest {

  @Test
  void scriptsPassTheirTests() throws Exception {
    assumeTrue(onPath("node"), "Node.js is not installed, so the scripts are not tested");
    Process node =
        new ProcessBuilder(
                "node", "--test", "src/test/web/client.test.mjs", "src/test/web/markdown.test.mjs")
            .redirectErrorStream(true)
            .start();
    node.getOutputStream().close();
    String said = new String(node.getInputStream().readAllBytes(), UTF_8);
    assertThat(node.waitFor()).as(said).isZero();
    assertThat(said).contains("# fail 0").doesNotContain("# pass 0");
  }

  @Test
  void referenceClientIsShort() throws Exception {
    assertThat(Files.readAllLines(Path.of("src/main/resources/web/client.js")))
        .hasSizeLessThan(200);
  }

  static boolean onPath(String program) {
    return Pattern.compile(Pattern.quote(File.pathSeparator))
        .splitAsStream(System.getenv().getOrDefault("PATH", ""))
        .anyMatch(folder -> new File(folder, program).canExecute());
  }
}
