/** The examples, run. */
@NullMarked
package io.grizz.examples;

import org.jspecify.annotations.NullMarked;
