/** Tests of the commands. */
@NullMarked
package io.grizz.launcher.command;

import org.jspecify.annotations.NullMarked;
