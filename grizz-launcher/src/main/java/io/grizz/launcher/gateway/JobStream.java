package io.grizz.launcher.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grizz.json.Json;
import io.grizz.launcher.gateway.Connection.House;
import io.grizz.launcher.gateway.Watched.Cursor;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One job as server-sent events. The request's own thread watches the job and writes: a slow reader
 * blocks only that thread, and what the mailbox could not take meanwhile comes from the log.
 */
final class JobStream implements Guest {

  private static final long TICK_MILLIS = 1_000;
  private static final String ALIVE = ":\n\n";

  /** What a mailbox holds. */
  private sealed interface Mail {
    record Event(Ring ring) implements Mail {}

    record Missed() implements Mail {}

    record End() implements Mail {}

    record Goodbye(Duration after) implements Mail {}
  }

  private final UUID job;
  private final Session session;
  private final Duration silence;
  private final int mostRinging;
  private final Watches watches;
  private final LinkedBlockingQueue<Mail> mailbox = new LinkedBlockingQueue<>();
  private final AtomicInteger ringing = new AtomicInteger();
  private final StringBuilder told = new StringBuilder();
  private final ReentrantLock writing = new ReentrantLock();
  private @Nullable Thread writer; // while it writes; guarded by the lock
  private volatile boolean lost;
  private volatile boolean ended;
  private boolean over;

  JobStream(House house, Session session, UUID job, Cursor cursor) {
    this.job = job;
    this.session = session;
    this.silence = house.config().limits().patience().silence();
    this.mostRinging = house.config().delivery().drop();
    this.watches = new Watches(house.stores(), silence, 1);
    watches.attach(session.user(), job, cursor, (about, type, frame) -> tell(frame));
  }

  // ---- from other threads

  @Override
  public void rang(Ring ring) {
    if (!ring.job().equals(job)) {
      return;
    }
    int size = ring.frame().length();
    if (ringing.addAndGet(size) > mostRinging) {
      ringing.addAndGet(-size);
      lost = true;
    } else {
      mailbox.add(new Mail.Event(ring));
    }
  }

  @Override
  public void missed() {
    mailbox.add(new Mail.Missed());
  }

  /** At once: a write that its reader blocks is cut off. */
  @Override
  public void end(Close why) {
    ended = true;
    mailbox.add(new Mail.End());
    writing.lock();
    try {
      if (writer != null) {
        writer.interrupt(); // which closes the socket that it writes to
      }
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void goodbye(Duration after) {
    mailbox.add(new Mail.Goodbye(after));
  }

  // ---- the request's own thread

  /**
   * Writes until the job has ended, the token has, or the user has to go.
   *
   * @throws IOException when the reader is gone
   */
  void writeTo(OutputStream out) throws IOException, InterruptedException {
    write(out); // the head, which would wait for the first event
    long writtenNanos = System.nanoTime();
    while (!over && !ended && !watches.isEmpty()) {
      hear();
      watches.tick(System.nanoTime());
      if (session.over().isPresent()) {
        return;
      }
      watches.read(() -> true);
      over |= watches.lost();
      if (told.isEmpty() && System.nanoTime() - writtenNanos > silence.toNanos()) {
        told.append(ALIVE);
      }
      if (!told.isEmpty()) {
        write(out);
        writtenNanos = System.nanoTime();
      }
    }
  }

  private void write(OutputStream out) throws IOException {
    writes(Thread.currentThread());
    try {
      if (!ended) {
        out.write(told.toString().getBytes(UTF_8));
        out.flush();
        told.setLength(0);
      }
    } finally {
      writes(null);
    }
  }

  // why: an interrupt must meet the reader's socket, never that of a store
  private void writes(@Nullable Thread thread) {
    writing.lock();
    try {
      writer = thread;
    } finally {
      writing.unlock();
    }
  }

  private void hear() throws InterruptedException {
    long patience = watches.due(System.nanoTime()) ? 0 : TICK_MILLIS;
    Mail mail = mailbox.poll(patience, TimeUnit.MILLISECONDS);
    if (mail != null) {
      handle(mail);
    }
    if (lost) {
      lost = false;
      watches.missed();
    }
  }

  private void handle(Mail mail) {
    switch (mail) {
      case Mail.Event(Ring ring) -> {
        ringing.addAndGet(-ring.frame().length());
        watches.rang(ring);
      }
      case Mail.Missed missed -> watches.missed();
      case Mail.End end -> over = true;
      case Mail.Goodbye(Duration after) -> {
        told.append("retry: ").append(after.toMillis()).append("\n\n");
        over = true;
      }
    }
  }

  private void tell(String frame) {
    long seq = Json.fields(frame).integer("seq", 0, Long.MAX_VALUE).orElse(0);
    told.append("id: ").append(seq).append("\ndata: ").append(frame).append("\n\n");
  }
}
