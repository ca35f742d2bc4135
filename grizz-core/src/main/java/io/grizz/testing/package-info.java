/**
 * The test kit of users: a queue that a test may look into, in memory or on a real Redis that JUnit
 * starts for it.
 *
 * <p>Handlers run on the test's own thread, one after the other, so that a test says when; what
 * they are given and how they are settled is a worker's own code, without its threads.
 *
 * <p>The one room of the core that may use the front desk; also {@code api}, {@code memory} and
 * {@code embedded}. Needs JUnit 5.13 or newer, which is an optional dependency. Used by tests
 * alone.
 */
@NullMarked
package io.grizz.testing;

import org.jspecify.annotations.NullMarked;
