package io.grizz.launcher.settings;

import io.grizz.api.ConfigException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * The effective settings: the shipped file, then the operator's, then the environment, then flags.
 * Immutable.
 */
public final class Settings {

  /** The variable in which a launcher hands its settings over to a child process. */
  public static final String HANDED_OVER = "GRIZZ_SETTINGS";

  /** Variables that other programs know, too. */
  private static final Map<String, String> WELL_KNOWN =
      Map.ofEntries(
          Map.entry("REDIS_URL", "redis.url"),
          Map.entry("DATABASE_URL", "database.url"),
          Map.entry("OPENAI_API_KEY", "model.key"),
          Map.entry("OPENAI_BASE_URL", "model.url"),
          Map.entry("SUPABASE_JWT_SECRET", "auth.secret"),
          Map.entry("SUPABASE_URL", "auth.supabase"),
          Map.entry("GRIZZ_DEV", "gateway.dev"),
          Map.entry("GRIZZ_LEGACY_QUERY_TOKEN", "gateway.legacy-query-token"),
          Map.entry("HOST", "gateway.host"),
          Map.entry("PORT", "gateway.port"),
          Map.entry("WORKER_COUNT", "launch.workers"));

  private static final String PREFIX = "GRIZZ_";
  private static final String DEFAULT = "default";

  /** Variables of ours that are no settings: for the scripts, for children, and for tests. */
  private static final Set<String> NOT_SETTINGS =
      Set.of(
          HANDED_OVER,
          "GRIZZ_JAVA_HOME",
          "GRIZZ_JAVA_OPTS",
          "GRIZZ_INCARNATION",
          "GRIZZ_REDIS_SERVER",
          "GRIZZ_TEST_REDIS");

  private final Map<String, Setting> values;

  private Settings(Map<String, Setting> values) {
    this.values = values;
  }

  /** Begins with what {@link #load} needs always, on a thread of its own. */
  public static void begin() {
    YamlFile.begin();
  }

  /**
   * Reads all sources.
   *
   * @throws ConfigException when one names an unknown key, or cannot be read
   */
  public static Settings load(Sources sources) {
    Map<String, Setting> values = new LinkedHashMap<>();
    YamlFile.shipped().forEach((key, text) -> values.put(key, new Setting(key, text, DEFAULT)));
    for (Path file : sources.files()) {
      YamlFile.read(file).forEach((key, text) -> set(values, key, text, file.toString()));
    }
    environment(values, sources.environment());
    sources.flags().forEach((key, flag) -> set(values, key, flag.text(), flag.origin()));
    return new Settings(values);
  }

  /** All settings, in the order of the shipped file. */
  public Collection<Setting> all() {
    return values.values();
  }

  /** One setting; the key must exist. */
  public Setting get(String key) {
    Setting setting = values.get(key);
    if (setting == null) {
      throw new IllegalArgumentException("config/grizz.yaml has no " + key);
    }
    return setting;
  }

  /** Where a value was set, and how to change it; empty when no setting has this key. */
  public Optional<String> remedy(String key) {
    return Optional.ofNullable(values.get(key))
        .map(setting ->
            setting.origin().equals(DEFAULT)
                ? "It is the default. Set another one with --set " + key + "=VALUE."
                : "It was set by "
                    + setting.origin()
                    + ". Change it there, or try once with --set "
                    + key
                    + "=VALUE.");
  }

  /**
   * These settings with others in their place.
   *
   * @param texts by key
   * @param origin who chose them
   */
  public Settings with(Map<String, String> texts, String origin) {
    Map<String, Setting> changed = new LinkedHashMap<>(values);
    texts.forEach((key, text) -> set(changed, key, text, origin));
    return new Settings(changed);
  }

  /** All settings as one text for {@link #handedOver}. Holds the secrets. */
  public String handOver() {
    Properties all = new Properties();
    values.values().forEach(setting -> all.setProperty(setting.key(), setting.text()));
    try {
      StringWriter text = new StringWriter();
      all.store(text, null);
      return text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The settings of the process that wrote the text: no file is read again. */
  public static Settings handedOver(String text) {
    Properties all = new Properties();
    try {
      all.load(new StringReader(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, Setting> values = new LinkedHashMap<>();
    for (String key : all.stringPropertyNames()) {
      values.put(key, new Setting(key, all.getProperty(key), "the launcher"));
    }
    return new Settings(values);
  }

  /** The variable that sets a key. */
  public static String variable(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  private static void environment(Map<String, Setting> values, Map<String, String> environment) {
    WELL_KNOWN.forEach(
        (name, key) -> present(environment, name).ifPresent(it -> set(values, key, it, name)));
    Map<String, String> keys = new LinkedHashMap<>();
    values.keySet().forEach(key -> keys.put(variable(key), key));
    for (String name : environment.keySet()) {
      if (!name.startsWith(PREFIX) || NOT_SETTINGS.contains(name) || WELL_KNOWN.containsKey(name)) {
        continue;
      }
      String key = keys.get(name);
      if (key == null) {
        throw unknown("the variable " + name, name, List.copyOf(keys.keySet()));
      }
      set(values, key, environment.get(name), name);
    }
  }

  /** Set to nothing is not set: an empty variable hides no default. */
  private static Optional<String> present(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(text -> !text.isEmpty());
  }

  private static void set(Map<String, Setting> values, String key, String text, String origin) {
    Setting before = values.get(key);
    if (before == null) {
      throw unknown("the key " + key + " (" + origin + ")", key, List.copyOf(values.keySet()));
    }
    // why: a file that repeats a default has not decided anything
    if (!before.text().equals(text.strip())) {
      values.put(key, new Setting(key, text.strip(), origin));
    }
  }

  private static ConfigException unknown(String what, String name, List<String> known) {
    String hint = Nearest.to(name, known).map(near -> "; did you mean " + near + "?").orElse("");
    return new ConfigException(what, "unknown", "one of config/grizz.yaml" + hint);
  }

  /**
   * Where settings come from.
   *
   * @param files in their order, later ones win
   * @param flags by key
   */
  public record Sources(
      List<Path> files, Map<String, String> environment, Map<String, Flag> flags) {}

  /**
   * A value from the command line.
   *
   * @param origin the flag as people write it
   */
  public record Flag(String text, String origin) {}
}
