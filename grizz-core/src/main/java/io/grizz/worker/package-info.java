/**
 * The work loop: take, run each job on its own virtual thread, renew, settle, drain.
 *
 * <p>{@link io.grizz.worker.Worker} owns four threads: one takes, one renews the leases, one looks
 * after the queue, one watches the clocks. No loop ends but by {@link
 * io.grizz.worker.Worker#close}: while the store is away they wait, and go on when it is back.
 *
 * <p>May use {@code api} and {@code json}. Used by the front desk, {@code io.grizz}, alone.
 */
@NullMarked
package io.grizz.worker;

import org.jspecify.annotations.NullMarked;
