/** Bytes that nobody should send. */
@NullMarked
package io.grizz.launcher.fuzz;

import org.jspecify.annotations.NullMarked;
