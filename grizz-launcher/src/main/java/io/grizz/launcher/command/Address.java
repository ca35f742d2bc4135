package io.grizz.launcher.command;

import io.grizz.api.ConfigException;
import io.grizz.embedded.RunningServers;
import io.grizz.launcher.settings.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** Where the stores are for a tool that runs beside a Grizz: as set, or embedded in that Grizz. */
final class Address {

  private Address() {}

  /** Settings that name the database. */
  static Settings ofDatabase(SettingsOptions options) {
    Settings settings = options.load();
    Path data = Home.path(settings).resolve("postgres");
    return with(options, settings, "database.url", RunningServers.postgres(data));
  }

  /** Settings that name the database and Redis. */
  static Settings ofBoth(SettingsOptions options) {
    Settings settings = ofDatabase(options);
    Path data = Home.path(settings).resolve("redis");
    return with(options, settings, "redis.url", RunningServers.redis(data));
  }

  private static Settings with(
      SettingsOptions options, Settings settings, String key, Optional<URI> running) {
    if (settings.get(key).optional().isPresent()) {
      return settings;
    }
    URI address =
        running.orElseThrow(() ->
            new ConfigException(
                key,
                "not set, and no embedded server runs in " + Home.path(settings),
                "set, or that of a running \"grizz launch\" with this --data"));
    return options.flag(key, "the running server", address).load();
  }
}
