package io.grizz.chat;

import io.grizz.api.ChatRecord;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes in the record which jobs the queue has, those of a moment together: one transaction for
 * each would make its sender, and all others, wait. A note that is lost costs a repeat, since the
 * job is handed to the queue again, which knows it.
 *
 * <p><b>Threads.</b> Safe for any number. Its own lives for as long as there is something to note.
 */
final class SentNotes {

  private static final Logger LOG = LoggerFactory.getLogger(SentNotes.class);

  /** Well below the age at which a job counts as not sent. */
  private static final Duration GATHER = Duration.ofMillis(50);

  private final ChatRecord record;
  private final Queue<UUID> jobs = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean writing = new AtomicBoolean();

  SentNotes(ChatRecord record) {
    this.record = record;
  }

  void add(UUID job) {
    jobs.add(job);
    if (writing.compareAndSet(false, true)) {
      Thread.ofVirtual().name("grizz-sent").start(this::write);
    }
  }

  private void write() {
    try {
      TimeUnit.NANOSECONDS.sleep(GATHER.toNanos());
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
    // why before: whoever adds from here on finds nobody writing, and sees to it
    writing.set(false);
    List<UUID> all = Stream.generate(jobs::poll).takeWhile(job -> job != null).toList();
    try {
      record.sent(all);
    } catch (RecordUnavailableException e) {
      LOG.debug("{} jobs are handed to the queue again later: {}", all.size(), e.getMessage());
    }
  }
}
