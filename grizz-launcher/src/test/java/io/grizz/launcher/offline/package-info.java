/** Tests of the offline model, and of our client against it. */
@NullMarked
package io.grizz.launcher.offline;

import org.jspecify.annotations.NullMarked;
