/** What holds for all rooms together. */
@NullMarked
package io.grizz;

import org.jspecify.annotations.NullMarked;
