/** Suites that every implementation of a contract passes. */
@NullMarked
package io.grizz.api;

import org.jspecify.annotations.NullMarked;
