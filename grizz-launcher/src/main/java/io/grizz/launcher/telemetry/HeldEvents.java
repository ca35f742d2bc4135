package io.grizz.launcher.telemetry;

import io.grizz.api.JobEvent;
import io.grizz.api.ModelCall;
import io.grizz.api.SessionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears of events before there are meters to count them, and hands them on then: making meters
 * takes time that a process does not have while it starts.
 *
 * <p><b>Threads.</b> Safe for any number of threads.
 */
public final class HeldEvents implements JobEvent.Listener, SessionEvent.Listener {

  private final Object lock = new Object();
  private final List<Consumer<Meters>> held = new ArrayList<>();
  private volatile @Nullable Consumer<Consumer<Meters>> next;

  @Override
  public void on(JobEvent event) {
    count(it -> it.on(event));
  }

  @Override
  public void on(SessionEvent event) {
    count(it -> it.on(event));
  }

  /** A model was called. */
  public void on(ModelCall call) {
    count(it -> it.on(call));
  }

  /** Counts what was held, and from now on each event as it comes. */
  void begin(Meters meters) {
    release(event -> event.accept(meters));
  }

  /** Nobody will ask: holds nothing any more. */
  public void drop() {
    release(event -> {});
  }

  private void release(Consumer<Consumer<Meters>> to) {
    List<Consumer<Meters>> before;
    synchronized (lock) {
      before = List.copyOf(held);
      held.clear();
      next = to;
    }
    before.forEach(to);
  }

  private void count(Consumer<Meters> event) {
    Consumer<Consumer<Meters>> to = next;
    if (to == null) {
      to = hold(event);
    }
    if (to != null) {
      to.accept(event);
    }
  }

  /** Holds an event, or says where it goes by now. */
  private @Nullable Consumer<Consumer<Meters>> hold(Consumer<Meters> event) {
    synchronized (lock) {
      if (next == null) {
        held.add(event);
      }
      return next;
    }
  }
}
