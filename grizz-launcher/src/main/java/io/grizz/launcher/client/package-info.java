/**
 * The client of our own protocol, for {@code grizz chat} and the benchmarks: keeps a cursor for the
 * answer it reads, and resumes on a new connection when the old one is lost.
 *
 * <p>May use core's {@code api} and {@code json}. Used by the commands.
 */
@NullMarked
package io.grizz.launcher.client;

import org.jspecify.annotations.NullMarked;
