/**
 * The line itself: a {@link io.grizz.api.JobQueue} kept in Redis Streams.
 *
 * <p>The only room that knows Redis exists. Every change that touches two keys is one Lua script
 * (beside the classes, in {@code resources/io/grizz/redis}), so that a crash cannot leave a job in
 * two places, or in none. {@link io.grizz.redis.StreamKeys} knows the names of all keys.
 *
 * <p>May use {@code api} and {@code json}. Used by the front desk, {@code io.grizz}, alone.
 */
@NullMarked
package io.grizz.redis;

import org.jspecify.annotations.NullMarked;
