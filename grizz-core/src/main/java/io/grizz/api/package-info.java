/**
 * The contract: what a job is, how it is enqueued, leased and settled, and what is told about it.
 *
 * <p>Nothing here does anything. The rooms {@code redis} and {@code memory} keep the queue, {@code
 * postgres} keeps the record, {@code worker} runs the jobs; each knows the others only through the
 * types of this package, so that every one of them can be replaced, and tested, alone.
 *
 * <p>May use the JDK alone. Used by every other room.
 */
@NullMarked
package io.grizz.api;

import org.jspecify.annotations.NullMarked;
