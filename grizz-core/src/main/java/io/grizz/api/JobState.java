package io.grizz.api;

/** Where a job stands. The last four are ends: nothing leaves them but a person's requeue. */
public enum JobState {
  /** Accepted, and waiting for its turn in its conversation. With the record only. */
  HELD,
  /** Waits for its time: scheduled, retried or snoozed. */
  SCHEDULED,
  /** May run now, and waits for a worker. */
  READY,
  /** A worker holds its lease. */
  RUNNING,
  COMPLETED,
  /** Given up on: attempts spent, crashed too often, or rejected. */
  DEAD,
  CANCELLED,
  EXPIRED;

  /** Whether the job has ended. */
  public boolean terminal() {
    return switch (this) {
      case HELD, SCHEDULED, READY, RUNNING -> false;
      case COMPLETED, DEAD, CANCELLED, EXPIRED -> true;
    };
  }
}
