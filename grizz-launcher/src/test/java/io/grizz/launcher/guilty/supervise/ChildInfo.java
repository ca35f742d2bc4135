package io.grizz.launcher.guilty.supervise;

/** A name without a duty. */
public record ChildInfo() {}
