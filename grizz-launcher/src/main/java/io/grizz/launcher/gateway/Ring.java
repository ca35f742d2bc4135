package io.grizz.launcher.gateway;

import io.grizz.json.Fields;
import io.grizz.json.Json;
import java.util.UUID;

/**
 * An event as the doorbell tells it: read once, for all connections that hear it.
 *
 * @param log the name of the log that it was written to
 * @param type of the event, as on the wire
 * @param frame the event itself
 */
record Ring(UUID job, String log, long seq, String type, String frame) {

  /**
   * Reads an event.
   *
   * @throws io.grizz.json.JsonFormatException when it is none
   */
  static Ring of(String log, String frame) {
    Fields event = Json.fields(frame);
    return new Ring(
        event.uuid("job").orElseThrow(() -> event.error("job", "is missing")),
        log,
        event.integer("seq", 0, Long.MAX_VALUE).orElse(0),
        event.text("t").orElse(""),
        frame);
  }

  /** The run that this event belongs to, where it says so; 0 where it does not. */
  long attempt() {
    return type.equals("job") || type.equals("reset")
        ? Json.fields(frame).integer("attempt", 0, Long.MAX_VALUE).orElse(0)
        : 0;
  }
}
