/** Tests of both doors, on real servers. */
@NullMarked
package io.grizz.launcher.gateway;

import org.jspecify.annotations.NullMarked;
