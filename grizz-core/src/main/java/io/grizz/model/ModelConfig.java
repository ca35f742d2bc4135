package io.grizz.model;

import static io.grizz.api.ConfigException.require;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Where the model is and how long to wait for it. Immutable; {@link #toString} masks the key.
 *
 * @param uri up to and without {@code /chat/completions}; the key is sent nowhere else
 * @param key the provider's; empty for a server that wants none
 */
public record ModelConfig(URI uri, Optional<String> key, Patience patience) {

  /** Where OpenAI is. */
  public static final URI OPENAI = URI.create("https://api.openai.com/v1");

  private static final Pattern VISIBLE = Pattern.compile("[!-~]+");

  public ModelConfig {
    require(
        ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
            && uri.getHost() != null,
        "model.url",
        uri,
        "an http:// or https:// address");
    // why: nobody would send it, and it would be shown
    require(
        uri.getRawUserInfo() == null,
        "model.url",
        "with a user or a password",
        "an address alone; a key goes into model.key");
    // why: the client would refuse it at the first call, and show it
    require(
        key.isEmpty() || VISIBLE.matcher(key.get()).matches(),
        "model.key",
        "empty, or holds what no header can carry",
        "the key alone, without blanks or line breaks");
  }

  /** The default patience. */
  public static ModelConfig at(URI uri, Optional<String> key) {
    return new ModelConfig(uri, key, Patience.STANDARD);
  }

  /** Names who counts our calls: the same for all who use one key at one address, and no secret. */
  public String provider() {
    String account = uri.getAuthority().toLowerCase(Locale.ROOT) + "\n" + key.orElse("");
    return UUID.nameUUIDFromBytes(account.getBytes(StandardCharsets.UTF_8)).toString();
  }

  @Override
  public String toString() {
    return uri + (key.isPresent() ? " with a key" : " without a key");
  }

  /**
   * How long to wait.
   *
   * @param connect for a connection
   * @param firstToken from the call to its first text
   * @param gap between two signs of life after that
   * @param total for the whole answer
   */
  public record Patience(Duration connect, Duration firstToken, Duration gap, Duration total) {
    /** 5 s, 30 s, 30 s, 10 min. */
    public static final Patience STANDARD =
        new Patience(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofMinutes(10));

    public Patience {
      require(connect.isPositive(), "model.connect-timeout", connect, "more than zero");
      require(firstToken.isPositive(), "model.first-token", firstToken, "more than zero");
      require(gap.isPositive(), "model.gap", gap, "more than zero");
      require(total.isPositive(), "model.total", total, "more than zero");
    }
  }
}
