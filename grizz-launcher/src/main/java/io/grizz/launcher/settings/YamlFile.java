package io.grizz.launcher.settings;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.grizz.api.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A YAML file as dotted keys and texts. */
final class YamlFile {

  private static final YAMLMapper MAPPER =
      YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  private static final FutureTask<Map<String, String>> SHIPPED =
      new FutureTask<>(
          () -> Collections.unmodifiableMap(flat(MAPPER.readTree(shippedBytes()), "grizz.yaml")));

  private YamlFile() {}

  /** Begins to read the shipped file, for a caller who has something else to do meanwhile. */
  static void begin() {
    Thread.ofPlatform().name("grizz-settings").daemon().start(SHIPPED);
  }

  /** The file that Grizz ships: every key there is, with its default. */
  static Map<String, String> shipped() {
    SHIPPED.run();
    try {
      return SHIPPED.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the shipped grizz.yaml cannot be read", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the settings were read", e);
    }
  }

  /** What a file says; nothing where it is the shipped one, as in a fresh distribution. */
  static Map<String, String> read(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      return Arrays.equals(bytes, shippedBytes())
          ? Map.of()
          : flat(MAPPER.readTree(bytes), file.toString());
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          "the file " + file, "not YAML at line " + e.getLocation().getLineNr(), "valid YAML");
    } catch (IOException e) {
      throw new ConfigException("the file " + file, "unreadable", "a file that can be read");
    }
  }

  private static byte[] shippedBytes() throws IOException {
    try (InputStream in = YamlFile.class.getResourceAsStream("grizz.yaml")) {
      if (in == null) {
        throw new IllegalStateException(
            "the class path lacks io/grizz/launcher/settings/grizz.yaml");
      }
      return in.readAllBytes();
    }
  }

  private static Map<String, String> flat(JsonNode tree, String file) {
    Map<String, String> values = new LinkedHashMap<>();
    if (!tree.isMissingNode() && !tree.isNull()) {
      if (!tree.isObject()) {
        throw new ConfigException("the file " + file, "no list of keys", "keys with values");
      }
      flatten("", tree, values);
    }
    return values;
  }

  private static void flatten(String prefix, JsonNode tree, Map<String, String> values) {
    for (Map.Entry<String, JsonNode> field : tree.properties()) {
      JsonNode value = field.getValue();
      if (value.isObject()) {
        flatten(prefix + field.getKey() + ".", value, values);
      } else {
        values.put(prefix + field.getKey(), text(value));
      }
    }
  }

  private static String text(JsonNode value) {
    if (value.isArray()) {
      List<String> parts = new ArrayList<>();
      value.forEach(part -> parts.add(part.asText()));
      return String.join(", ", parts);
    }
    return value.isNull() ? "" : value.asText();
  }
}
