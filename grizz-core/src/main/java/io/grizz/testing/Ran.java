package io.grizz.testing;

import io.grizz.api.Job;
import io.grizz.api.Outcome;

/**
 * One run of a handler in {@link TestQueue#drain}.
 *
 * @param attempt which attempt it was, from 1
 * @param outcome what the handler decided; one that threw has decided {@link Outcome.Retry}
 */
public record Ran(Job job, int attempt, Outcome outcome) {}
