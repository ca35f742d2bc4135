package io.grizz.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An object that is read field by field. A field that is absent or null is absent; one of another
 * type than asked for is an error that names it.
 */
public final class Fields {

  // why: UUID.fromString accepts short groups, and names of channels are built from what passes
  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final String path;
  private final ObjectNode object;

  Fields(String path, ObjectNode object) {
    this.path = path;
    this.object = object;
  }

  /** The object itself. */
  public ObjectNode object() {
    return object;
  }

  public Optional<String> text(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return Optional.empty();
    }
    check(value.isTextual(), field, "must be a string");
    return Optional.of(value.textValue());
  }

  /** A string of {@code 1} to {@code longest} characters that must be there. */
  public String text(String field, int longest) {
    String text = text(field).orElseThrow(() -> error(field, "is missing"));
    check(!text.isEmpty(), field, "is empty");
    check(text.length() <= longest, field, "is longer than " + longest + " characters");
    return text;
  }

  public Optional<UUID> uuid(String field) {
    Optional<String> text = text(field);
    text.ifPresent(it -> check(UUID_TEXT.matcher(it).matches(), field, "must be a UUID"));
    return text.map(UUID::fromString);
  }

  /** A whole number from {@code least} to {@code most}. */
  public OptionalLong integer(String field, long least, long most) {
    JsonNode value = value(field);
    if (value == null) {
      return OptionalLong.empty();
    }
    check(value.isIntegralNumber() && value.canConvertToLong(), field, "must be a whole number");
    long number = value.longValue();
    check(number >= least && number <= most, field, "must be " + least + " to " + most);
    return OptionalLong.of(number);
  }

  /** A number from {@code least} to {@code most}. */
  public OptionalDouble number(String field, double least, double most) {
    JsonNode value = value(field);
    if (value == null) {
      return OptionalDouble.empty();
    }
    check(value.isNumber(), field, "must be a number");
    double number = value.doubleValue();
    check(number >= least && number <= most, field, "must be " + least + " to " + most);
    return OptionalDouble.of(number);
  }

  /** The object in this field; an empty one when it is absent. */
  public Fields fields(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return new Fields(path + field + ".", Json.object());
    }
    if (value instanceof ObjectNode inner) {
      return new Fields(path + field + ".", inner);
    }
    throw error(field, "must be an object");
  }

  /** The objects in this field, at most {@code most}; none when it is absent. */
  public List<Fields> list(String field, int most) {
    JsonNode value = value(field);
    if (value == null) {
      return List.of();
    }
    check(value.isArray(), field, "must be a list");
    check(value.size() <= most, field, "has more than " + most + " entries");
    List<Fields> entries = new ArrayList<>();
    for (JsonNode entry : value) {
      if (!(entry instanceof ObjectNode inner)) {
        throw error(field, "must hold objects");
      }
      entries.add(new Fields(path + field + "[" + entries.size() + "].", inner));
    }
    return entries;
  }

  /** The error of a field whose value makes no sense for another reason. */
  public JsonFormatException error(String field, String problem) {
    return new JsonFormatException(path + field, problem);
  }

  private void check(boolean right, String field, String problem) {
    if (!right) {
      throw error(field, problem);
    }
  }

  private @Nullable JsonNode value(String field) {
    JsonNode value = object.get(field);
    return value == null || value.isNull() ? null : value;
  }
}
