package io.grizz.api;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Takes out of the record what a person wants forgotten. The queue is to be told between the steps,
 * so that a crash leaves nothing behind that no row names any more: repeat them from the first.
 *
 * <p><b>Threads and errors</b> as {@link ChatRecord}.
 */
public interface Erasure {

  /**
   * Closes open jobs, so that none is enqueued again, and names some of all that are left.
   *
   * @param limit how many
   */
  List<UUID> close(Scope scope, int limit);

  /** Deletes these jobs, with their questions and answers. */
  void delete(List<UUID> jobs);

  /**
   * Deletes all else.
   *
   * @return false when a job came meanwhile, and nothing was done
   */
  boolean finish(Scope scope);

  /**
   * What is to go.
   *
   * @param conversation one of the user's, or empty for everything of theirs
   */
  record Scope(UUID user, Optional<UUID> conversation) {}
}
