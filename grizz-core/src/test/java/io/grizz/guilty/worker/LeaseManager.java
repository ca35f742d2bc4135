package io.grizz.guilty.worker;

/** A name without a duty. */
public record LeaseManager() {

  /** Another. */
  public record AbstractLease() {}
}
