package io.grizz.api;

import java.time.Duration;

/**
 * How many jobs stand where: exact at one moment.
 *
 * @param waiting may run now, and wait for a worker
 * @param running are leased
 * @param scheduled wait for their time
 * @param dead are among the dead letters
 * @param oldestWaiting for how long the oldest of those that may run now has waited; zero for none
 * @param overflow dead letters that were dropped so far, the oldest first, because there were more
 *     than {@link QueueConfig.Retention#deadLetters()}
 */
public record QueueStats(
    long waiting, long running, long scheduled, long dead, Duration oldestWaiting, long overflow) {}
