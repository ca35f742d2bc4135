/**
 * The program {@code grizz}: the command tree, and errors turned into messages and exit codes.
 *
 * <p>May use {@code command} and {@code settings}. Used by nobody.
 */
@NullMarked
package io.grizz.launcher;

import org.jspecify.annotations.NullMarked;
