/**
 * Real servers from bundled binaries, as child processes: for tests, for a first look, and for
 * machines that have none.
 *
 * <p>Every server listens on loopback alone, behind a random password, keeps its data in a
 * directory of its caller's choice, and ends with the process that started it, however that ends.
 *
 * <p>May use the JDK alone. Used by the front desk and by {@code testing}.
 */
@NullMarked
package io.grizz.embedded;

import org.jspecify.annotations.NullMarked;
