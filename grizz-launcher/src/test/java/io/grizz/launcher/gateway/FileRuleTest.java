package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses of files are allowed. */
class FileRuleTest {

  private final FileRule rule =
      new FileRule(Set.of("files.example.com", "127.0.0.1", "localhost", "db.internal", "[::1]"));

  @Test
  void httpsOnAHostOfTheListIsAllowed() {
    assertThat(rule.allows("https://files.example.com/a/b.png?token=x")).isTrue();
    assertThat(rule.allows("https://files.example.com:443/a")).isTrue();
    assertThat(rule.allows("https://FILES.example.com/a")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "files.example.com/a",
        "http://files.example.com/a",
        "https://files.example.com:8443/a",
        "https://other.example.com/a",
        "https://files.example.com.evil.example/a",
        "https://user@files.example.com/a",
        "https://files.example.com@evil.example/a",
        "https://files.example.com\\@evil.example/a",
        "https://files.example.com./a",
        "https://127.0.0.1/a",
        "https://2130706433/a",
        "https://0177.0.0.1/a",
        "https://[::1]/a",
        "https://[::ffff:127.0.0.1]/a",
        "https://localhost/a",
        "https://db.internal/a",
        "https://files.example.com/a\nb",
        "file:///etc/passwd",
        "data:text/plain,x",
      })
  void everythingElseIsRefused(String url) {
    assertThat(rule.allows(url)).isFalse();
  }

  @Test
  void endlessAddressIsRefused() {
    assertThat(rule.allows("https://files.example.com/" + "a".repeat(2048))).isFalse();
  }
}
