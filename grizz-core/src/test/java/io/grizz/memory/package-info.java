/** The twin in memory passes the suites that the queue in Redis passes. */
@NullMarked
package io.grizz.memory;

import org.jspecify.annotations.NullMarked;
