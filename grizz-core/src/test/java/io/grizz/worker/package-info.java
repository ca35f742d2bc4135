/** The worker on a real queue. */
@NullMarked
package io.grizz.worker;

import org.jspecify.annotations.NullMarked;
