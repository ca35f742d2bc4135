/**
 * A message becomes an answer: accepted into the record, enqueued, run against a model, streamed,
 * and recorded.
 *
 * <p>One side for senders, one for workers, and a loop that makes record and queue agree after
 * either was away. No scope of the record is open while a model or the queue is called.
 *
 * <p>May use {@code api}, {@code json} and {@code model}; stores are known as interfaces only. Used
 * by the front desk and the gateway.
 */
@NullMarked
package io.grizz.chat;

import org.jspecify.annotations.NullMarked;
