/** Tests of the settings. */
@NullMarked
package io.grizz.launcher.settings;

import org.jspecify.annotations.NullMarked;
