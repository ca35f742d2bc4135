/** Guilty on purpose. */
@NullMarked
package io.grizz.guilty.postgres;

import org.jspecify.annotations.NullMarked;
