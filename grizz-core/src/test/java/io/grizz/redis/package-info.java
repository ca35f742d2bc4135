/** The queue against a real server. */
@NullMarked
package io.grizz.redis;

import org.jspecify.annotations.NullMarked;
