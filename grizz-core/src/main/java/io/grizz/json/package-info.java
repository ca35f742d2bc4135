/**
 * Values as JSON text, and back, with the line and field in every error.
 *
 * <p>Reading is strict: no duplicate keys, no depth beyond 32, no trailing text, no number that a
 * double cannot hold. What passes {@link io.grizz.json.Json#tree} is safe to walk.
 *
 * <p>May use {@code api}. Used by every room that speaks JSON.
 */
@NullMarked
package io.grizz.json;

import org.jspecify.annotations.NullMarked;
