package io.grizz.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The example works, is short, and is the one that the README shows. */
class GreetingsTest {

  private static final Path SOURCE = Path.of("src/main/java/io/grizz/examples/Greetings.java");

  @Test
  void awaitsTheResultOfItsJob() throws Exception {
    assertThat(Greetings.greet("Ada")).isEqualTo("Hello, Ada!");
  }

  @Test
  void isWhatTheReadmeShows() throws IOException {
    String source = Files.readString(SOURCE);
    String body =
        source.substring(
            source.indexOf("    try (Grizz"), source.indexOf("  public static void main"));
    String shown = body.substring(0, body.lastIndexOf("  }")).stripTrailing().stripIndent();

    assertThat(Files.readString(Path.of("../README.md"))).contains(shown);
    assertThat(source.lines().count()).isLessThan(60);
  }
}
