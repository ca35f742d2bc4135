/**
 * Reads {@code config/grizz.yaml}, the environment and flags into everybody's records, and
 * remembers where each value came from.
 *
 * <p>The shipped file is the only place that holds a default, and the list of the keys there are:
 * any other is refused, with the nearest known name.
 *
 * <p>May use core's {@code api} and the config records of all rooms. Used by the commands.
 */
@NullMarked
package io.grizz.launcher.settings;

import org.jspecify.annotations.NullMarked;
