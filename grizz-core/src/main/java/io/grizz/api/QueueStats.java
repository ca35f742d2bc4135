package io.grizz.api;

/**
 * How many jobs stand where: exact at one moment.
 *
 * @param waiting may run now, and wait for a worker
 * @param running are leased
 * @param scheduled wait for their time
 * @param dead are among the dead letters
 */
public record QueueStats(long waiting, long running, long scheduled, long dead) {}
