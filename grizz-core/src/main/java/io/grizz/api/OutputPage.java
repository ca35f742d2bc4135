package io.grizz.api;

import java.util.List;
import java.util.Optional;

/**
 * What a reader of an output log sees in one look: a snapshot, when the log no longer reaches back
 * to the reader's cursor, and the frames that follow.
 *
 * @param log the name of the log; another name than the reader's means: begin at the snapshot
 * @param state of the job, at the same moment
 * @param seq the last event of the log
 * @param snapshot the text so far; present when frames before it were trimmed
 * @param frames the events after the cursor, or after the snapshot, oldest first, as JSON text
 */
public record OutputPage(
    String log, JobState state, long seq, Optional<Snapshot> snapshot, List<String> frames) {

  /**
   * All text up to an event.
   *
   * @param seq the last event that {@code text} covers
   */
  public record Snapshot(long seq, String text) {}
}
