package io.grizz.launcher.guilty.command;

/** Innocent itself. */
public record Launch() {}
