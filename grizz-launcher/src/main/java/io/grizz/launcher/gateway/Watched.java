package io.grizz.launcher.gateway;

import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.OutputPage;
import io.grizz.chat.Frames;
import io.grizz.json.Fields;
import io.grizz.json.Json;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One job as one connection watches it: how far it was told, and what it is told next. Belongs to
 * the connection's thread; rings that come meanwhile wait in its mailbox and are dropped by their
 * number.
 */
final class Watched {

  private static final Set<String> ENDS = Set.of("done", "failed", "cancelled");

  private final Stores stores;
  private final UUID user;
  private final UUID job;
  private final Consumer<String> out;
  private @Nullable String log;
  private long last;
  private boolean ended;
  private long readNanos;

  Watched(Stores stores, UUID user, UUID job, Cursor cursor, Consumer<String> out) {
    this.stores = stores;
    this.user = user;
    this.job = job;
    this.log = cursor.log();
    this.last = cursor.after();
    this.out = out;
  }

  /**
   * Where a client stopped reading.
   *
   * @param log null when it has read nothing
   */
  record Cursor(@Nullable String log, long after) {
    static final Cursor START = new Cursor(null, 0);
  }

  UUID job() {
    return job;
  }

  Optional<String> log() {
    return Optional.ofNullable(log);
  }

  /** The next event that the client gets. */
  long next() {
    return last + 1;
  }

  boolean ended() {
    return ended;
  }

  /** How long ago this job was last heard of, in nanoseconds. */
  long silentNanos(long now) {
    return now - readNanos;
  }

  /** Whether the user may see the job; another's is as unknown as none. */
  static boolean allowed(Stores stores, UUID user, UUID job) {
    Optional<JobView> view = stores.queue().find(job);
    return view.isPresent()
        ? view.get().user().map(user::equals).orElse(false)
        : stores.record().job(user, job).isPresent();
  }

  /** Tells what the client lacks, from the log, or from the record when there is no log. */
  void read() {
    readNanos = System.nanoTime();
    Optional<OutputPage> page = stores.queue().output(job, last);
    if (page.isEmpty()) {
      fromRecord();
      return;
    }
    OutputPage found = page.get();
    boolean otherLog = log != null && !log.equals(found.log());
    if (found.state().terminal() || otherLog || last > found.seq()) {
      found = stores.queue().output(job, 0).orElse(found);
      whole(found);
    } else {
      log = found.log();
      found.snapshot().ifPresent(snapshot -> snap(snapshot.seq(), "running", snapshot.text()));
      found.frames().forEach(this::tell);
    }
  }

  /** An event was written, as the doorbell says. */
  void rang(String from, Fields event, String frame) {
    readNanos = System.nanoTime();
    long seq = event.integer("seq", 0, Long.MAX_VALUE).orElse(0);
    boolean sameLog = log == null || log.equals(from);
    if (sameLog && seq <= last) {
      return;
    }
    if (!sameLog || seq > last + 1) {
      read();
      return;
    }
    log = from;
    tell(frame);
  }

  /** Everything at once, for a reader who cannot go on from where it is. */
  private void whole(OutputPage page) {
    log = page.log();
    String before = page.snapshot().map(OutputPage.Snapshot::text).orElse("");
    String terminal = page.frames().isEmpty() ? "" : page.frames().getLast();
    boolean over = !terminal.isEmpty() && ENDS.contains(type(terminal));
    String state = over ? Frames.state(page.state()) : "running";
    snap(page.seq(), state, Frames.text(before, page.frames()));
    if (over) {
      out.accept(terminal);
      ended = true;
    }
  }

  private void fromRecord() {
    Optional<Begun.Closed> closed = stores.record().closed(user, job);
    if (closed.isPresent()) {
      long seq = last + 1;
      snap(seq, Frames.state(closed.get().ending().state()), closed.get().text());
      out.accept(Frames.terminal(job, seq, closed.get().ending()));
      ended = true;
      return;
    }
    Optional<RecordedJob> open = stores.record().job(user, job);
    if (open.isPresent()) {
      log = open.get().log();
      snap(0, "queued", "");
    }
  }

  private void snap(long seq, String state, String text) {
    String name = log == null ? "" : log;
    out.accept(Frames.snap(job, name, new Frames.Snap(seq, attempt(), state, text)));
    last = seq;
  }

  /** Which run of the job this is; a dead one has counted its last. */
  private int attempt() {
    return stores
        .queue()
        .find(job)
        .map(view -> view.counters().runs() + (view.state() == JobState.DEAD ? 0 : 1))
        .orElse(1);
  }

  private void tell(String frame) {
    out.accept(frame);
    last++;
    ended = ENDS.contains(type(frame));
  }

  private static String type(String frame) {
    return Json.fields(frame).text("t").orElse("");
  }
}
