/**
 * What Grizz says about itself: log lines, for people on a terminal or for machines.
 *
 * <p>May use core's {@code api}. Used by the commands.
 */
@NullMarked
package io.grizz.launcher.telemetry;

import org.jspecify.annotations.NullMarked;
