package io.grizz.api;

/** What became of a settlement. */
public enum Settled {
  /** It holds: now, or since an earlier call under the same lease. */
  SETTLED,
  /** The lease had moved on; nothing was written. */
  FENCED
}
