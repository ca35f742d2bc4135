package io.grizz.testing;

import io.grizz.api.Consumer;
import io.grizz.api.Consumer.Emitted;
import io.grizz.api.Consumer.Event;
import io.grizz.api.JobContext;
import io.grizz.api.Lease;
import io.grizz.api.Settled;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.function.LongFunction;

/** A job that runs on the test's own thread; what it writes goes into its queue. */
final class InlineRun implements JobContext {

  private final Consumer consumer;
  private Lease lease;
  private long seq;
  private int logs;
  private boolean cancelAsked;

  InlineRun(Consumer consumer, Lease lease) {
    this.consumer = consumer;
    this.lease = lease;
    this.seq = lease.seq();
  }

  @Override
  public Lease lease() {
    return lease;
  }

  @Override
  public Instant deadline() {
    return lease.job().schedule().expiresAt().orElseThrow();
  }

  @Override
  public boolean cancelAsked() {
    return cancelAsked;
  }

  @Override
  public boolean restart(long floor) {
    OptionalLong epoch = consumer.restart(lease, floor);
    epoch.ifPresent(higher -> lease = lease.withEpoch(higher));
    return epoch.isPresent();
  }

  @Override
  public void progress() {
    // why nothing: nobody watches over its silence
  }

  @Override
  public long emit(LongFunction<String> frame) {
    Event event = next(frame);
    switch (consumer.emit(lease, event)) {
      case Emitted.Written(boolean cancel) -> {
        seq = event.seq();
        cancelAsked = cancel;
      }
      case Emitted.Behind(long last) ->
          throw new OutputLostException("the log of the job ends at " + last + ", not " + seq);
      case Emitted.Fenced() -> throw leaseLost();
    }
    return event.seq();
  }

  @Override
  public void snapshot(String text) {
    requireHeld(consumer.snapshot(lease, seq, text));
  }

  @Override
  public void rebuild(String text) {
    requireHeld(consumer.rebuild(lease, "rebuilt" + ++logs, seq, text));
  }

  /** The event after the last one. */
  Event next(LongFunction<String> frame) {
    return new Event(seq + 1, frame.apply(seq + 1));
  }

  private void requireHeld(Settled settled) {
    if (settled == Settled.FENCED) {
      throw leaseLost();
    }
  }

  private LeaseLostException leaseLost() {
    return new LeaseLostException(lease.job().id() + ": the lease has moved on");
  }
}
