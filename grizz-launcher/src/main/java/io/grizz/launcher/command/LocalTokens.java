package io.grizz.launcher.command;

import io.grizz.api.ConfigException;
import io.grizz.launcher.gateway.Tokens;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;

/** Tokens made on the machine that holds the secret. */
final class LocalTokens {

  private static final Duration LIFETIME = Duration.ofHours(12);

  private final Tokens tokens;
  private final UUID user;

  private LocalTokens(Tokens tokens, UUID user) {
    this.tokens = tokens;
    this.user = user;
  }

  /** For the user of this terminal: always the same one, whose conversations stay. */
  static LocalTokens of(Settings settings) {
    LocalTokens anybody = of(settings, new UUID(0, 0));
    return new LocalTokens(anybody.tokens, user(Home.path(settings).resolve("chat.user")));
  }

  static LocalTokens of(Settings settings, UUID user) {
    String secret =
        Home.secret(settings, Home.SECRET)
            .orElseThrow(() ->
                new ConfigException(
                    "auth.secret",
                    "not set, and none is kept in " + Home.path(settings),
                    "set, or made by a first \"grizz launch\" with this --data"));
    Tokens tokens = new Tokens(new Records(settings).auth(secret, false), InstantSource.system());
    return new LocalTokens(tokens, user);
  }

  String fresh() {
    return tokens.issue(user, LIFETIME);
  }

  private static UUID user(Path file) {
    try {
      if (Files.exists(file)) {
        return UUID.fromString(Files.readString(file).strip());
      }
      Files.createDirectories(file.getParent());
      UUID user = UUID.randomUUID();
      Files.writeString(file, user.toString());
      return user;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep a user in " + file, e);
    }
  }
}
