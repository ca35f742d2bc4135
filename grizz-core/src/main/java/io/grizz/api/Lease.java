package io.grizz.api;

/**
 * The right to run one job, and to write on its behalf, until it is settled or moves on.
 *
 * <p>Every write names the lease; a write under a lease that has moved on changes nothing.
 *
 * @param job what to run
 * @param counters what it had been through before this run
 * @param epoch the fencing token: grows with every start of the job
 * @param place where its entry stands in the queue; meaningful to the queue alone
 * @param seq the last event of its output log; 0 for a job that does not stream
 */
public record Lease(Job job, Counters counters, long epoch, String place, long seq) {

  /** Which attempt this run is, from 1: one more than the attempts that failed. */
  public int attempt() {
    return counters.attempts() + 1;
  }

  /** Which run this is, from 1, however the earlier ones ended. */
  public int run() {
    return counters.runs() + 1;
  }

  /** The same lease after {@link Consumer#restart}. */
  public Lease withEpoch(long epoch) {
    return new Lease(job, counters, epoch, place, seq);
  }
}
