/** Breaks the rules of the rooms on purpose, so that a test can see them caught. */
@NullMarked
package io.grizz.guilty.json;

import org.jspecify.annotations.NullMarked;
