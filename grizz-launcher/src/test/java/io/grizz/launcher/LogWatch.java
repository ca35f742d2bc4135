package io.grizz.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** Everything that this process logs while it watches, whether the console shows it or not. */
public final class LogWatch extends AppenderBase<ILoggingEvent> implements AutoCloseable {

  private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
  private final Logger root;
  private final Level before;

  private LogWatch(Logger root) {
    this.root = root;
    this.before = root.getLevel();
  }

  /** Watches from this level on. */
  public static LogWatch from(Level level) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    LogWatch watch = new LogWatch(context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME));
    watch
        .root
        .iteratorForAppenders()
        .forEachRemaining(shown -> {
          ThresholdFilter asBefore = new ThresholdFilter();
          asBefore.setLevel(watch.before.toString());
          asBefore.start();
          shown.addFilter(asBefore);
        });
    watch.setContext(context);
    watch.start();
    watch.root.addAppender(watch);
    watch.root.setLevel(level);
    return watch;
  }

  /** All lines from a level on, stack traces included. */
  public Stream<String> lines(Level least) {
    return events.stream().filter(it -> it.getLevel().isGreaterOrEqual(least)).map(LogWatch::line);
  }

  @Override
  protected void append(ILoggingEvent event) {
    event.prepareForDeferredProcessing(); // the context belongs to the thread that logs
    events.add(event);
  }

  @Override
  public void close() {
    root.setLevel(before);
    root.detachAppender(this);
    root.iteratorForAppenders().forEachRemaining(shown -> shown.clearAllFilters());
    stop();
  }

  private static String line(ILoggingEvent event) {
    String trace =
        event.getThrowableProxy() == null
            ? ""
            : ThrowableProxyUtil.asString(event.getThrowableProxy());
    return event.getLoggerName()
        + " "
        + event.getFormattedMessage()
        + " "
        + event.getMDCPropertyMap()
        + trace;
  }
}
