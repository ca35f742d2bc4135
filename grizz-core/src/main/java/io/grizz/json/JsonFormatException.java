package io.grizz.json;

/** Text that is not the JSON it should be; the message names the place, and never quotes it. */
public final class JsonFormatException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String field;

  public JsonFormatException(String field, String problem) {
    super(field.isEmpty() ? problem : field + ": " + problem);
    this.field = field;
  }

  /** The field at fault; empty when the text as a whole is. */
  public String field() {
    return field;
  }
}
