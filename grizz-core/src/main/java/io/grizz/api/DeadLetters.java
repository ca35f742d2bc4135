package io.grizz.api;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Jobs that were given up on, and wait for a person. They stay until somebody decides.
 *
 * <p><b>Threads and errors</b> as {@link JobQueue}.
 */
public interface DeadLetters {

  /** Letters of one page when all are changed. */
  int PAGE = 100;

  /**
   * Some of them, the latest first.
   *
   * @param cursor empty for the first page, then {@link Page#next}
   * @param limit most items of the page, 1 or more
   */
  Page list(Filter filter, Optional<String> cursor, int limit);

  /**
   * Begins a new life of a dead job: its counters are reset, and it waits in its lane, with a new
   * output log if it streams.
   *
   * @return false when it is no dead letter, or one that a record keeps, which has to reopen it
   */
  boolean requeue(UUID job);

  /** Forgets a dead job for good; false when it is no dead letter. */
  boolean delete(UUID job);

  /** One of them, with what it was to work on; empty when it is no dead letter. */
  Optional<Letter> show(UUID job);

  /**
   * Requeues all of them that fit, page by page; those that die again meanwhile are left alone.
   *
   * @return how many
   */
  default int requeueAll(Filter filter) {
    return each(filter, this::requeue);
  }

  /**
   * Deletes all of them that fit, page by page.
   *
   * @return how many
   */
  default int deleteAll(Filter filter) {
    return each(filter, this::delete);
  }

  private int each(Filter filter, Predicate<UUID> change) {
    int changed = 0;
    Optional<String> cursor = Optional.empty();
    do {
      Page page = list(filter, cursor, PAGE);
      changed += (int) page.items().stream().map(JobView::id).filter(change).count();
      cursor = page.next();
    } while (cursor.isPresent());
    return changed;
  }

  /**
   * A dead letter, opened.
   *
   * @param payload JSON text; it may be confidential
   */
  record Letter(JobView job, String payload) {}

  /**
   * Which ones.
   *
   * @param type of the job
   * @param code the first word of the reason: {@code crashed}, {@code attempts_spent}, …
   */
  record Filter(Optional<String> type, Optional<String> code) {
    public static final Filter ALL = new Filter(Optional.empty(), Optional.empty());

    /** Whether a job is one of them. */
    public boolean fits(JobView job) {
      return type.map(job.type()::equals).orElse(true)
          && code.map(it -> it.equals(job.reason().orElse("").replaceFirst("[^a-z_].*", "")))
              .orElse(true);
    }
  }

  /**
   * Some dead letters.
   *
   * @param next where to go on; empty at the end
   */
  record Page(List<JobView> items, Optional<String> next) {}
}
