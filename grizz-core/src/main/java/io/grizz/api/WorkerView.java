package io.grizz.api;

import java.time.Duration;

/**
 * One worker process as a queue knows it.
 *
 * @param incarnation the name of this start of the process
 * @param silent since it was last heard of; an idle worker is heard of every {@link
 *     QueueConfig.Leases#block()}, one that is silent for a lease is taken for dead
 * @param running jobs that it holds
 */
public record WorkerView(String incarnation, Duration silent, int running) {}
