/**
 * Loads Grizz and measures it, in one run beside what it is measured against: the benchmarks behind
 * {@code grizz bench}.
 *
 * <p>A benchmark is a class that takes its size and its place, tells its progress, and returns a
 * {@link io.grizz.launcher.bench.Report}: rows with a figure each, and with the goal where there is
 * one.
 *
 * <p>May use everything, and is the only room of the launcher that touches Jedis bare. Used by
 * {@code command} alone.
 */
@NullMarked
package io.grizz.launcher.bench;

import org.jspecify.annotations.NullMarked;
