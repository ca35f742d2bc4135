/**
 * One class for each subcommand: flags to records, then one call.
 *
 * <p>May use all rooms of the launcher, and the front desk. Used by {@code Main}.
 */
@NullMarked
package io.grizz.launcher.command;

import org.jspecify.annotations.NullMarked;
