/**
 * The queue without a server: a {@link io.grizz.api.JobQueue} in this process's memory, with a
 * clock that a test moves. It keeps every promise but durability, and forgets all when it closes.
 *
 * <p>May use {@code api}. Used by the front desk, {@code io.grizz}, and by {@code testing}.
 */
@NullMarked
package io.grizz.memory;

import org.jspecify.annotations.NullMarked;
