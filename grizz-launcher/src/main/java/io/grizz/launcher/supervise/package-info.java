/**
 * Starts child processes, watches them, restarts them within a budget, and stops them in two steps.
 * It knows no Redis and no Postgres: it tells a living child which incarnation has died, and that
 * child puts back what the dead one held.
 *
 * <p>May use the JDK alone. Used by the commands.
 */
@NullMarked
package io.grizz.launcher.supervise;

import org.jspecify.annotations.NullMarked;
