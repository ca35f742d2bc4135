/**
 * The WebSocket door and the HTTP door: the protocol {@code grizz.v1}, authentication, and events
 * to whoever watches a job.
 *
 * <p>Each connection has a mailbox and a virtual thread, which alone touches its state; the
 * library's threads only hand over. One doorbell serves all connections of the process.
 *
 * <p>May use core's {@code api}, {@code chat} and {@code json}. Used by the commands.
 */
@NullMarked
package io.grizz.launcher.gateway;

import org.jspecify.annotations.NullMarked;
