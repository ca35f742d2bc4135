package io.grizz.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The first program works, and is short. */
class GreetingsTest {

  private static final Path SOURCE = Path.of("src/main/java/io/grizz/examples/Greetings.java");

  @Test
  void awaitsTheResultOfItsJob() throws Exception {
    assertThat(Greetings.greet("Ada")).isEqualTo("Hello, Ada!");
  }

  @Test
  void isShort() throws IOException {
    assertThat(Files.readString(SOURCE).lines().count()).isLessThan(60);
  }
}
