/**
 * What is kept for good: conversations, messages and their jobs, in Postgres.
 *
 * <p>{@link io.grizz.postgres.SessionScope} is how code touches the database: a lambda in a
 * transaction. No connection leaves this room, no scope stays open while a model, the queue or
 * anything else on the network is called, and every statement is a constant with bound parameters.
 *
 * <pre>
 *   public.conversations  one for each user and local day, or explicit  (the original's, widened)
 *   public.messages       questions and answers                         (the original's, widened)
 *   grizz.users           a row to lock for each user
 *   grizz.jobs            a job for each question: state, life, epoch, log, usage
 * </pre>
 *
 * <p>Locks are taken in one order everywhere: user, conversation, job. Time that is compared is
 * told by the clock of this process; time that is only shown, by the database.
 *
 * <p>May use {@code api} and {@code json}. Used by the front desk, {@code io.grizz}, alone.
 */
@NullMarked
package io.grizz.postgres;

import org.jspecify.annotations.NullMarked;
