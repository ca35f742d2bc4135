package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Consumer;
import io.grizz.api.Job;
import io.grizz.api.Lease;
import io.grizz.api.QueueConfig;
import io.grizz.api.Settled;
import io.grizz.api.Settlement;
import io.grizz.chat.Frames;
import io.grizz.json.Json;
import io.grizz.launcher.gateway.Watched.Cursor;
import io.grizz.memory.ManualClock;
import io.grizz.memory.MemoryQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one connection is told of a job, while the test says what reaches it. */
class WatchedTest {

  private static final String LOG = "log1";

  private final UUID user = UUID.randomUUID();
  private final ManualClock clock = ManualClock.at(Instant.parse("2026-05-01T12:00:00Z"));
  private final MemoryQueue queue = MemoryQueue.open(QueueConfig.named("watched"), clock);
  private final Consumer worker = queue.join("worker-1");
  private final Watches watches = new Watches(QuietHouse.stores(queue), Duration.ofSeconds(15), 64);
  private final List<String> told = new ArrayList<>();
  private int room = Integer.MAX_VALUE;
  private final Lease lease = begun();
  private final UUID job = lease.job().id();
  private long seq = lease.seq();
  private long off;

  @AfterEach
  void close() {
    worker.close();
    queue.close();
  }

  @Test
  void endThatDoesNotReachASlowClientIsToldWhenItCanTakeIt() {
    watch(Cursor.START);
    read();
    watches.rang(say("all of it"));
    room = 0;
    watches.rang(end(new Settlement.Complete("1"), "done"));
    assertThat(watches.isEmpty()).as("nothing left to tell").isFalse();
    room = Integer.MAX_VALUE;
    read();
    assertThat(told).containsExactly("job", "delta", "snap all of it", "done");
    assertThat(watches.isEmpty()).isTrue();
  }

  @Test
  void whatIsDroppedWhileALogIsReadIsToldAfterwards_andNothingOfItBefore() {
    say("one ");
    say("two ");
    say("three");
    watch(Cursor.START);
    room = 2;
    read();
    room = Integer.MAX_VALUE;
    assertThat(watches.due(System.nanoTime())).isTrue();
    read();
    assertThat(told).containsExactly("job", "delta", "snap one two three");
    assertThat(watches.due(System.nanoTime())).isFalse();
  }

  @Test
  void endThatIsDroppedWhileALogIsReadIsToldAfterwards() {
    say("short");
    end(new Settlement.Complete("1"), "done");
    watch(Cursor.START);
    room = 1;
    read();
    room = Integer.MAX_VALUE;
    read();
    assertThat(told).containsExactly("snap short", "snap short", "done");
    assertThat(watches.isEmpty()).isTrue();
  }

  @Test
  void whatWasLookedAtBeforeSomethingWasMissedIsLookedAtAgain() {
    Watched watched = watch(new Cursor(LOG, 1));
    assertThat(watched.goesOn()).isTrue();
    say("new");
    watches.missed();
    read();
    assertThat(told).containsExactly("delta");
  }

  @Test
  void logIsNamedAsItIs_notAsItsReaderThinks() {
    Watched watched = watch(new Cursor("another", 7));
    assertThat(watched.goesOn()).isFalse();
    assertThat(watched.log()).contains(LOG);
  }

  @Test
  void endIsToldFromTheQueueWhenTheLogRanOut() {
    say("long gone");
    end(new Settlement.Complete("1"), "done");
    clock.advance(Duration.ofMinutes(16));
    for (Cursor cursor : List.of(Cursor.START, new Cursor(LOG, 2), new Cursor(LOG, 3))) {
      told.clear();
      watch(cursor);
      read();
      assertThat(told).containsExactly("snap ", "done");
      assertThat(watches.isEmpty()).isTrue();
    }
  }

  @Test
  void endOfADeadLetterIsToldForAsLongAsItIsKept() {
    say("in vain");
    end(new Settlement.DeadLetter("upstream_rejected"), "failed");
    clock.advance(Duration.ofDays(30));
    watch(new Cursor(LOG, 2));
    read();
    assertThat(told).containsExactly("snap ", "failed");
  }

  private void read() {
    watches.read(() -> true);
  }

  private Watched watch(Cursor cursor) {
    return watches.attach(user, job, cursor, this::tell);
  }

  private void tell(UUID about, String type, String frame) {
    if (room-- > 0) {
      told.add(type.equals("snap") ? "snap " + Json.tree(frame).path("text").asText() : type);
    } else {
      watches.dropped(about);
    }
  }

  private Lease begun() {
    Job streams =
        Job.of(UUID.randomUUID(), "greet", "{}")
            .with(Job.Sender.ANONYMOUS.withUser(user))
            .with(Job.Output.streaming(LOG));
    assertThat(queue.enqueue(streams)).isNotNull();
    return worker.take(1, Set.of()).leases().getFirst();
  }

  private Ring say(String text) {
    String frame = Frames.delta(job, ++seq, off, text);
    off += text.length();
    assertThat(worker.emit(lease, new Consumer.Event(seq, frame)))
        .isEqualTo(new Consumer.Emitted.Written(false));
    return Ring.of(LOG, frame);
  }

  private Ring end(Settlement how, String type) {
    String frame = "{\"t\":\"%s\",\"job\":\"%s\",\"seq\":%d}".formatted(type, job, ++seq);
    assertThat(worker.settle(lease, how, Optional.of(new Consumer.Event(seq, frame))))
        .isEqualTo(Settled.SETTLED);
    return Ring.of(LOG, frame);
  }
}
