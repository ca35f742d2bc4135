package io.grizz.launcher.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;

/** One event as a line of JSON that begins with the name of its process. */
final class ProcessJson extends JsonEncoder {

  private final String start;

  /**
   * @param process one of our own names, which need no escapes
   */
  ProcessJson(String process) {
    start = "{\"process\":\"" + process + "\",";
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    String line = new String(super.encode(event), UTF_8);
    return (start + line.substring(1)).getBytes(UTF_8);
  }
}
