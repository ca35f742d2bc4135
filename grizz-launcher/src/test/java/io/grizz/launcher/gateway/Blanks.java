package io.grizz.launcher.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.json.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What the names in braces of an example stand for. A quoted one is a value that stays the same
 * once it was seen, unless it is a time; a bare one is any number.
 */
final class Blanks {

  private static final Pattern BLANK = Pattern.compile("\\{([a-z][a-z0-9_]*)}");
  private static final Pattern BARE = Pattern.compile("(?<=[:,\\[])\\{[a-z][a-z0-9_]*}");

  /** Stands for any number, in a text that has to be JSON. */
  private static final String NUMBER = "(a number)";

  private static final String ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  private static final String DAY = "\\d{4}-\\d\\d-\\d\\d";

  /** What values look like that are no ids, by the name without its digits. */
  private static final Map<String, String> LOOKS =
      Map.of(
          "log", "[0-9A-Za-z_-]{3,}",
          "conn", "c_[0-9a-f]+",
          "ws", "ws://127\\.0\\.0\\.1:\\d+/v1/ws",
          "token", "[\\w-]+\\.[\\w-]+\\.[\\w-]+",
          "day", DAY);

  private final Map<String, String> values = new HashMap<>();

  /** Says what a name stands for. */
  void put(String name, String value) {
    values.put(name, value);
  }

  /** What a client says: a name that is new stands for an id of the client's own. */
  String filled(String text) {
    return BLANK
        .matcher(text)
        .replaceAll(it ->
            Matcher.quoteReplacement(
                values.computeIfAbsent(it.group(1), name -> UUID.randomUUID().toString())));
  }

  /** Where what was answered differs from what the example says; empty when it does not. */
  Optional<String> difference(String example, JsonNode answer) {
    String text = BARE.matcher(example).replaceAll('"' + NUMBER + '"');
    return difference("the whole", Json.tree(text), answer);
  }

  private Optional<String> difference(String at, JsonNode example, JsonNode answer) {
    if (example.isObject() && answer.isObject()) {
      Set<String> names = new TreeSet<>();
      example.fieldNames().forEachRemaining(names::add);
      answer.fieldNames().forEachRemaining(names::add);
      return names.stream()
          .map(name -> difference(name, example.path(name), answer.path(name)))
          .flatMap(Optional::stream)
          .findFirst();
    }
    if (example.isArray() && answer.isArray() && example.size() == answer.size()) {
      return IntStream.range(0, example.size())
          .mapToObj(i -> difference(at + " " + i, example.get(i), answer.get(i)))
          .flatMap(Optional::stream)
          .findFirst();
    }
    return same(example, answer)
        ? Optional.empty()
        : Optional.of(at + " is " + shown(answer) + ", and not " + shown(example));
  }

  private boolean same(JsonNode example, JsonNode answer) {
    Matcher blank = BLANK.matcher(example.asText());
    if (example.isTextual() && blank.matches()) {
      return answer.isTextual() && means(blank.group(1), answer.asText());
    }
    if (example.isTextual() && example.asText().equals(NUMBER)) {
      return answer.isNumber();
    }
    return example.equals(answer);
  }

  private boolean means(String name, String value) {
    if (name.endsWith("_at")) {
      return value.matches(DAY + "T[0-9:.]+Z");
    }
    String known = values.putIfAbsent(name, value);
    String look = LOOKS.getOrDefault(name.replaceFirst("\\d+$", "").replaceFirst("^.*_", ""), ID);
    return known == null ? value.matches(look) : known.equals(value);
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "missing" : value.toString();
  }
}
