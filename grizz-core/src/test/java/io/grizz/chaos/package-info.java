/** Real worker processes, killed, frozen and cut off, and what must hold afterwards. */
@NullMarked
package io.grizz.chaos;

import org.jspecify.annotations.NullMarked;
