/** Programs to copy from. */
@NullMarked
package io.grizz.examples;

import org.jspecify.annotations.NullMarked;
