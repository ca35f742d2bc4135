package io.grizz.api;

/** Which lane a job waits in. Higher lanes go first; the lowest never starves. */
public enum Priority {
  HIGH,
  NORMAL,
  LOW
}
