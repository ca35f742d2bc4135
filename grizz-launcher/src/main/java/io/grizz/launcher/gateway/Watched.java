package io.grizz.launcher.gateway;

import io.grizz.api.ChatRecord.Begun;
import io.grizz.api.ChatRecord.Ending;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.ChatRecord.Usage;
import io.grizz.api.JobState;
import io.grizz.api.JobView;
import io.grizz.api.OutputPage;
import io.grizz.api.QueueUnavailableException;
import io.grizz.chat.Frames;
import io.grizz.json.Json;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One job as one connection watches it: how far it was told, and what it is told next. Belongs to
 * the connection's thread.
 *
 * <p>A job is <em>due</em> when its log has to be read: at first, after a hole, after silence, and
 * after events were dropped for a slow client. Rings that come while it is due are left out, since
 * the log is read later than they came and has them.
 */
final class Watched {

  private static final Set<String> ENDS = Set.of("done", "failed", "cancelled");

  private final Stores stores;
  private final UUID user;
  private final UUID job;
  private final Teller out;
  private @Nullable String log;
  private long last;
  private long attempt;
  private boolean due = true;
  private boolean fromTheStart;
  private boolean waitsInTheRecord;
  private boolean ended;
  private boolean lost;
  private @Nullable OutputPage peeked;
  private long readNanos = System.nanoTime();

  Watched(Stores stores, UUID user, UUID job, Cursor cursor, Teller out) {
    this.stores = stores;
    this.user = user;
    this.job = job;
    this.log = cursor.log();
    this.last = cursor.after();
    this.out = out;
  }

  /** Who is told. */
  @FunctionalInterface
  interface Teller {
    void tell(UUID job, String type, String frame);
  }

  /**
   * Where a client stopped reading.
   *
   * @param log null when it has read nothing
   */
  record Cursor(@Nullable String log, long after) {
    static final Cursor START = new Cursor(null, 0);
  }

  /** The name of the job's log, as {@link #goesOn} found it; empty while it has none. */
  Optional<String> log() {
    return Optional.ofNullable(peeked).map(OutputPage::log);
  }

  /** How far the client was told. */
  long last() {
    return last;
  }

  boolean ended() {
    return ended;
  }

  /** Whether the log has to be read. */
  boolean due() {
    return due && !ended;
  }

  /** The log has to be read on from the cursor: something may have been missed. */
  void missed() {
    due = true;
    peeked = null;
  }

  /** What was told last has not reached the client: it gets all text again, when it can. */
  void dropped() {
    due = true;
    fromTheStart = true;
    peeked = null;
    ended = false; // it may have been the end
  }

  /** For how long nothing was heard of the job. */
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

  /**
   * Whether the client will be told on from its cursor, and keeps its text; otherwise a snapshot
   * replaces it. What was read for this is told by the next {@link #read}.
   */
  boolean goesOn() {
    peeked = look().orElse(null);
    return peeked != null
        && peeked.snapshot().isEmpty()
        && !peeked.state().terminal()
        && (log == null || log.equals(peeked.log()))
        && last <= peeked.seq();
  }

  private Optional<OutputPage> look() {
    return stores.queue().output(job, last);
  }

  /** Whether nobody knows the job any more: neither a log nor a record. */
  boolean lost() {
    return lost;
  }

  /** Tells what the client lacks, from the log, or from the record when there is no log. */
  void read() {
    // why first: what is told now may be dropped, and is due again
    boolean whole = fromTheStart;
    due = false;
    fromTheStart = false;
    try {
      read(whole);
    } catch (QueueUnavailableException | RecordUnavailableException e) {
      due = true;
      fromTheStart |= whole;
      throw e;
    }
  }

  private void read(boolean whole) {
    Optional<OutputPage> page = peeked != null ? Optional.of(peeked) : look();
    peeked = null;
    readNanos = System.nanoTime();
    if (page.isEmpty()) {
      fromRecord(whole);
    } else {
      tell(page.get(), whole || waitsInTheRecord);
      waitsInTheRecord = false;
    }
  }

  private void tell(OutputPage page, boolean whole) {
    boolean otherLog = log != null && !log.equals(page.log());
    boolean again = whole || otherLog || last > page.seq();
    if (again || page.state().terminal()) {
      OutputPage all = stores.queue().output(job, 0).orElse(page);
      boolean over = !all.frames().isEmpty() && ENDS.contains(type(all.frames().getLast()));
      if (again || over) {
        whole(all, over);
        return;
      }
    }
    log = page.log();
    page.snapshot().ifPresent(snapshot -> snap(snapshot.seq(), "running", snapshot.text()));
    for (String frame : page.frames()) {
      if (due) {
        return; // why: one was dropped, and those after it would be told out of their order
      }
      tell(Ring.of(page.log(), frame));
    }
  }

  /** An event was written, as the doorbell says. */
  void rang(Ring ring) {
    readNanos = System.nanoTime();
    peeked = null; // the log has more by now
    if (due || ended) {
      return;
    }
    boolean sameLog = log == null || log.equals(ring.log());
    if (sameLog && ring.seq() <= last) {
      // why: after a failover the log may have lost what this client has, and a new run goes on
      if (attempt > 0 && ring.attempt() > attempt) {
        dropped();
      }
    } else if (!sameLog || ring.seq() > last + 1) {
      due = true;
    } else {
      log = ring.log();
      tell(ring);
    }
  }

  /** Everything at once, for a reader who cannot go on from where it is. */
  private void whole(OutputPage page, boolean over) {
    log = page.log();
    String before = page.snapshot().map(OutputPage.Snapshot::text).orElse("");
    // why one less: the end that follows must be new to a reader that counts
    long seq = over ? page.seq() - 1 : page.seq();
    String state = over ? Frames.state(page.state()) : page.seq() <= 1 ? "queued" : "running";
    snap(seq, state, Frames.text(before, page.frames()));
    if (over) {
      tell(Ring.of(page.log(), page.frames().getLast()));
    }
  }

  private void fromRecord(boolean whole) {
    Optional<Begun.Closed> closed = stores.record().closed(user, job).or(this::unrecorded);
    if (closed.isPresent()) {
      long seq = last + 1;
      snap(seq, Frames.state(closed.get().ending().state()), closed.get().text());
      tell(Ring.of(nameOfLog(), Frames.terminal(job, seq + 1, closed.get().ending())));
      return;
    }
    Optional<RecordedJob> open = stores.record().job(user, job);
    lost = open.isEmpty() && stores.queue().find(job).isEmpty();
    boolean news = !waitsInTheRecord || whole;
    if (open.isPresent() && news) {
      // why once: it waits, and its next event comes from the queue
      waitsInTheRecord = true;
      log = open.get().log();
      snap(0, "queued", "");
    }
  }

  /** How a job ended that the record does not know, and that has no log: as the queue says. */
  private Optional<Begun.Closed> unrecorded() {
    return stores
        .queue()
        .find(job)
        .filter(view -> view.state().terminal() && view.user().equals(Optional.of(user)))
        .filter(view -> stores.record().job(user, job).isEmpty())
        .map(view ->
            new Ending(view.state(), view.reason().orElse(""), Optional.empty(), Usage.NONE))
        .map(ending -> new Begun.Closed("", ending));
  }

  private void snap(long seq, String state, String text) {
    attempt = currentAttempt();
    last = seq;
    Frames.Snap snap = new Frames.Snap(seq, (int) attempt, state, text);
    out.tell(job, "snap", Frames.snap(job, nameOfLog(), snap));
  }

  private String nameOfLog() {
    return log == null ? "" : log;
  }

  /** Which run of the job this is; a dead one has counted its last. */
  private int currentAttempt() {
    return stores
        .queue()
        .find(job)
        .map(view -> view.counters().runs() + (view.state() == JobState.DEAD ? 0 : 1))
        .orElse(1);
  }

  private void tell(Ring event) {
    // why first: the teller may say that it was dropped, and that is the last word
    last = event.seq();
    attempt = Math.max(attempt, event.attempt());
    ended = ENDS.contains(event.type());
    out.tell(job, event.type(), event.frame());
  }

  private static String type(String frame) {
    return Json.fields(frame).text("t").orElse("");
  }
}
