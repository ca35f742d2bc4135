/** What holds for all rooms of the launcher together. */
@NullMarked
package io.grizz.launcher;

import org.jspecify.annotations.NullMarked;
