package io.grizz.launcher.command;

import io.grizz.api.ConfigException;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.settings.Settings.Flag;
import io.grizz.launcher.settings.Settings.Sources;
import io.grizz.launcher.telemetry.Logs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has, and the settings that come of them. */
final class SettingsOptions {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings to read besides the shipped ones.")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Sets one setting; may be given again. \"grizz config\" lists them all.")
  private Map<String, String> set = new LinkedHashMap<>();

  private final Map<String, Flag> flags = new LinkedHashMap<>();
  private @Nullable Settings handed;
  private @Nullable Settings loaded;

  /** The options of a process that was handed its settings. */
  static SettingsOptions of(Settings settings) {
    SettingsOptions options = new SettingsOptions();
    options.handed = settings;
    return options;
  }

  /** Notes a flag of the command's own that sets a key. */
  SettingsOptions flag(String key, String name, @Nullable Object value) {
    if (value != null) {
      flags.put(key, new Flag(value.toString(), name));
    }
    return this;
  }

  /** The effective settings; from here on, log lines look as they say. */
  Settings load() {
    if (handed != null) {
      return handed;
    }
    List<Path> files = new ArrayList<>();
    String home = System.getProperty("grizz.home");
    if (home != null) {
      Path own = Path.of(home, "config", "grizz.yaml");
      if (Files.exists(own)) {
        files.add(own);
      }
    }
    if (config != null) {
      files.add(config);
    }
    Map<String, Flag> all = new LinkedHashMap<>();
    set.forEach((key, value) -> all.put(key, new Flag(value, "--set")));
    all.putAll(flags);
    Settings settings = Settings.load(new Sources(files, System.getenv(), all));
    loaded = settings;
    Logs.show(settings.get("log.level").text(), settings.get("log.format").text());
    return settings;
  }

  /** Where a bad value was set and what to do; empty when nothing was read yet. */
  Optional<String> remedy(ConfigException e) {
    return Optional.ofNullable(loaded).flatMap(settings -> settings.remedy(e.setting()));
  }
}
