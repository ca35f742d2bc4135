package io.grizz.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** JSON text to trees, and back. Safe for any number of threads. */
public final class Json {

  private static final int DEEPEST = 32;
  private static final int LONGEST_NUMBER = 400;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  // why: by default each thread keeps its own buffers, 16 KiB of them, and a
                  // virtual thread for each client or job makes that many
                  .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(LONGEST_NUMBER)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /**
   * Reads one value.
   *
   * @throws JsonFormatException when the text is empty, malformed, too deep, or has a key twice
   */
  public static JsonNode tree(String text) {
    JsonNode tree;
    try {
      tree = MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new JsonFormatException("", "not JSON" + place(e.getLocation()));
    }
    if (tree == null || tree.isMissingNode()) {
      throw new JsonFormatException("", "empty");
    }
    refuseEndless(tree);
    return tree;
  }

  /**
   * Reads one object, to be asked for its fields.
   *
   * @throws JsonFormatException as {@link #tree}, and when the value is no object
   */
  public static Fields fields(String text) {
    if (tree(text) instanceof ObjectNode object) {
      return new Fields("", object);
    }
    throw new JsonFormatException("", "not an object");
  }

  /**
   * Reads one value as an object of a class, as Jackson does: a record, a bean, a map.
   *
   * @throws JsonFormatException as {@link #tree}, and when the value does not fit the class
   */
  public static <T> T value(String text, Class<T> type) {
    try {
      return MAPPER.treeToValue(tree(text), type);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new JsonFormatException("", "no " + type.getSimpleName());
    }
  }

  /** An object as JSON text, as Jackson writes it. */
  public static String text(Object value) {
    return write(MAPPER.valueToTree(value));
  }

  /** A new, empty object. */
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A new, empty list. */
  public static ArrayNode list() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /** The value as JSON text, on one line. */
  public static String write(JsonNode value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The text as a JSON string, quotes included. */
  public static String quote(String text) {
    return write(JsonNodeFactory.instance.textNode(text));
  }

  // why: 1e999 reads as infinity, and would be written back as text that is not JSON; a whole
  // number that long is one that nobody else can read
  private static void refuseEndless(JsonNode node) {
    if (node.isNumber() && !Double.isFinite(node.doubleValue())) {
      throw new JsonFormatException("", "a number out of range");
    }
    node.forEach(Json::refuseEndless);
  }

  private static String place(JsonLocation at) {
    return at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }
}
