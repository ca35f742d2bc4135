package io.grizz.memory;

import io.grizz.api.Counters;
import io.grizz.api.Job;
import io.grizz.api.JobState;
import io.grizz.api.JobTimes;
import io.grizz.api.JobView;
import io.grizz.api.Lease;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeMap;

/** One job, and all that the queue knows of it. Guarded by its store's lock; times in ms. */
final class Entry {

  static final long NEVER = Long.MAX_VALUE;

  /** The order of a sorted set in Redis: by time, then by name. */
  static final Comparator<Entry> BY_DUE =
      Comparator.<Entry>comparingLong(entry -> entry.dueAt)
          .thenComparing(entry -> entry.job.id().toString());

  /** The order of the lanes, and in each that of its entries. */
  static final Comparator<Entry> BY_PLACE =
      Comparator.<Entry, Lane>comparing(entry -> entry.lane)
          .thenComparingLong(entry -> entry.number);

  final Job job;
  final long enqueuedAt;
  long expiresAt;
  long readyAt;

  JobState state = JobState.READY;
  Counters counters = Counters.NONE;
  String owner = "";
  Lane lane = Lane.NORMAL;
  long number;
  long epoch;
  long dueAt;
  long heardAt;
  boolean cancelAsked;
  String result = "";
  String reason = "";
  String settled = "";
  long forgetAt = NEVER;
  long startedAt;
  long endedAt;

  String log;
  long seq;
  long snapshotSeq;
  String snapshot = "";
  final TreeMap<Long, String> frames = new TreeMap<>();
  long logForgetAt = NEVER;

  Entry(Job job, long enqueuedAt, long expiresAt) {
    this.job = job;
    this.enqueuedAt = enqueuedAt;
    this.expiresAt = expiresAt;
    this.log = job.output().log().orElse("");
  }

  String place() {
    return lane + "/" + number;
  }

  /** The one rule of the lease: running, its owner's, under this entry, in this epoch. */
  boolean heldBy(String me, Lease lease) {
    return state == JobState.RUNNING
        && owner.equals(me)
        && place().equals(lease.place())
        && epoch == lease.epoch();
  }

  /** The lease, with the job as a worker sees it: without its key, with its deadline. */
  Lease lease() {
    Job.Sender sender =
        new Job.Sender(job.sender().user(), Optional.empty(), job.sender().priority());
    Job.Schedule schedule =
        new Job.Schedule(Optional.empty(), Optional.of(Instant.ofEpochMilli(expiresAt)));
    Job.Output output =
        new Job.Output(Optional.of(log).filter(name -> !name.isEmpty()), job.output().recorded());
    Job seen = job.with(sender).with(schedule).with(output);
    return new Lease(seen, counters, epoch, place(), seq);
  }

  JobView view() {
    return new JobView(
        job.id(),
        job.type(),
        state,
        job.sender().user(),
        counters,
        cancelAsked,
        Optional.of(result).filter(text -> !text.isEmpty()),
        Optional.of(reason).filter(text -> !text.isEmpty()),
        new JobTimes(
            Instant.ofEpochMilli(enqueuedAt),
            instant(state == JobState.SCHEDULED ? dueAt : 0),
            instant(startedAt),
            instant(endedAt)));
  }

  private static Optional<Instant> instant(long millis) {
    return millis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
  }

  /** The lanes, in the order in which they are read. */
  enum Lane {
    AGAIN,
    SUSPECT,
    HIGH,
    NORMAL,
    LOW
  }

  /**
   * The lane {@code usual}, unless a worker more that the job kills would be the last: then it
   * starts alone.
   *
   * @param most workers that a job may kill
   */
  Lane laneOr(Lane usual, int most) {
    return counters.crashes() >= Math.max(1, most - 1) ? Lane.SUSPECT : usual;
  }

  Lane ownLane() {
    return switch (job.sender().priority()) {
      case HIGH -> Lane.HIGH;
      case NORMAL -> Lane.NORMAL;
      case LOW -> Lane.LOW;
    };
  }
}
