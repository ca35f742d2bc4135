package io.grizz.launcher.command;

import io.grizz.embedded.DataDirectory;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.telemetry.MetersFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/** Where Grizz keeps what is its own: data of embedded servers, and secrets it made. */
final class Home {

  /** The setting of the secret of tokens. */
  static final String SECRET = "auth.secret";

  /** The setting of the operator's token. */
  static final String ADMIN = "admin.token";

  private Home() {}

  /** The directory that the settings name; a tilde is the user's home, as the shell has it. */
  static Path path(Settings settings) {
    String text = settings.get("launch.data").text();
    return text.equals("~") || text.startsWith("~/")
        ? Path.of(userHome() + text.substring(1))
        : Path.of(text).toAbsolutePath();
  }

  /** Where the processes of this directory's launcher leave what they measure. */
  static MetersFolder meters(Settings settings) {
    return new MetersFolder(path(settings).resolve("meters"), InstantSource.system());
  }

  private static String userHome() {
    // why: Java asks the list of users, where a service or a container may have another home
    return Optional.ofNullable(System.getenv("HOME"))
        .filter(home -> !home.isEmpty())
        .orElseGet(() -> System.getProperty("user.home"));
  }

  /** A secret: the operator's, or the one that is kept here, made at the first call. */
  static String secret(Settings settings, DataDirectory home, String key) {
    return settings.get(key).optional().orElseGet(() -> made(home, key));
  }

  /** A secret, if there is one already. */
  static Optional<String> secret(Settings settings, String key) {
    Optional<String> set = settings.get(key).optional();
    if (set.isPresent()) {
      return set;
    }
    Path file = path(settings).resolve(key);
    try {
      return Files.isReadable(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String made(DataDirectory home, String key) {
    try {
      return home.secret(key);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep a secret in " + home.resolve(""), e);
    }
  }
}
