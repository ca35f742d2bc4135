package io.grizz.launcher.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import io.grizz.api.ConfigException;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Sends log lines to stderr, in a process that is Grizz's own; a test or somebody else's program
 * has a configuration of its own.
 */
public final class Logs {

  private static final String LEVEL = "grizz.log.level";
  private static final String FORMAT = "grizz.log.format";
  private static final String JSON = "json";

  private static final List<String> LEVELS = List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE");

  private Logs() {}

  /** Shows what the environment says, before any setting is read. */
  public static void begin() {
    begin(
        System.getenv().getOrDefault("GRIZZ_LOG_LEVEL", "INFO"),
        System.getenv().getOrDefault("GRIZZ_LOG_FORMAT", "text"));
  }

  /** Shows this, from the first line on. To be called before any class makes its logger. */
  public static void begin(String level, String format) {
    System.setProperty(LEVEL, level);
    System.setProperty(FORMAT, format);
    // why: by its name; looking for it in every jar takes a start 40 ms
    System.setProperty("slf4j.provider", LogProvider.class.getName());
    // why: else SLF4J tells people that it does so
    System.setProperty("slf4j.internal.verbosity", "WARN");
  }

  /**
   * Says what is shown from now on.
   *
   * @param level one of ERROR, WARN, INFO, DEBUG, TRACE
   * @param format {@code text} or {@code json}
   */
  public static void show(String level, String format) {
    ConfigException.require(LEVELS.contains(level), "log.level", level, "one of " + LEVELS);
    ConfigException.require(
        format.equals("text") || format.equals(JSON), "log.format", format, "text or json");
    boolean news =
        !level.equals(System.getProperty(LEVEL)) || !format.equals(System.getProperty(FORMAT));
    System.setProperty(LEVEL, level);
    System.setProperty(FORMAT, format);
    if (news && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.reset();
      configure(context);
    }
  }

  static void configure(LoggerContext context) {
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setName("stderr");
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder(context));
    stderr.start();
    var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(stderr);
    // why: what a stranger sends is an error to it, and it says so to us by an exception as well
    context.getLogger("org.java_websocket").setLevel(Level.OFF);
    context.getLogger("io.grizz").setLevel(Level.toLevel(System.getProperty(LEVEL)));
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context) {
    if (JSON.equals(System.getProperty(FORMAT))) {
      JsonEncoder json = new ProcessJson(System.getProperty("grizz.process", "launch"));
      json.setWithSequenceNumber(false);
      json.setWithContext(false);
      json.setWithArguments(false);
      json.setWithNanoseconds(false);
      json.setWithMessage(false);
      json.setWithFormattedMessage(true);
      json.setContext(context);
      json.start();
      return json;
    }
    LineLayout line = new LineLayout();
    line.setContext(context);
    line.start();
    LayoutWrappingEncoder<ILoggingEvent> text = new LayoutWrappingEncoder<>();
    text.setContext(context);
    text.setLayout(line);
    text.start();
    return text;
  }
}
