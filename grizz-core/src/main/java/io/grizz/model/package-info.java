/**
 * Asks a language model and reads its answer as it comes: one client, for every server that speaks
 * the OpenAI chat-completions protocol.
 *
 * <p>A call blocks its virtual thread; interrupting it closes the connection. It is made once: what
 * failed is classified in one table, and the job's retry is the only one.
 *
 * <p>May use {@code api} and {@code json}. Used by {@code chat} and the front desk.
 */
@NullMarked
package io.grizz.model;

import org.jspecify.annotations.NullMarked;
