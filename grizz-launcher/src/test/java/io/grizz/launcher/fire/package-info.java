/** Readers of a launched Grizz, while it is killed in parts. */
@NullMarked
package io.grizz.launcher.fire;

import org.jspecify.annotations.NullMarked;
