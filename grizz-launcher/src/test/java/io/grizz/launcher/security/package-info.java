/**
 * What Grizz must refuse, tried from outside: one test for each line of {@code docs/security.md},
 * named after it.
 */
@NullMarked
package io.grizz.launcher.security;

import org.jspecify.annotations.NullMarked;
