package io.grizz.api;

/**
 * What a job has been through. Only {@code attempts} are spent by its own failures.
 *
 * @param attempts runs that failed
 * @param crashes runs whose worker died under it
 * @param snoozes runs that asked to be put off
 * @param interruptions runs ended by a deploy or a lost lease
 */
public record Counters(int attempts, int crashes, int snoozes, int interruptions) {
  public static final Counters NONE = new Counters(0, 0, 0, 0);

  /** How many runs have ended so far, however they did. */
  public int runs() {
    return attempts + crashes + snoozes + interruptions;
  }
}
