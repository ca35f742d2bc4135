/**
 * The front desk: opens the rooms that a program asks for, joins them, and closes them in reverse.
 *
 * <p>May use every room but {@code testing}. Used by programs that embed Grizz.
 */
@NullMarked
package io.grizz;

import org.jspecify.annotations.NullMarked;
