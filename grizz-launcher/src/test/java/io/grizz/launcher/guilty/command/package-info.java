/** Breaks the rules of the rooms on purpose, so that a test can see them caught. */
@NullMarked
package io.grizz.launcher.guilty.command;

import org.jspecify.annotations.NullMarked;
