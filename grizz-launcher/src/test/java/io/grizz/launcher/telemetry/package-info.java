/** What Grizz counts about itself. */
@NullMarked
package io.grizz.launcher.telemetry;

import org.jspecify.annotations.NullMarked;
