package io.grizz.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.postgres.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** One conversation over two web processes, and two workers that answer it. */
@ExtendWith(TestPostgres.class)
class TwoWebsTest {

  private static final int ROUNDS = 10;

  @TempDir private Path directory;

  @Test
  void messagesOfOneConversationAreAnsweredInTurnWhereverTheyCameIn(TestPostgres.Server postgres)
      throws Exception {
    try (ChatArena arena = new ChatArena(postgres, directory, 2, 2)) {
      for (int i = 0; i < ROUNDS; i++) {
        atOnce(arena);
      }
      interrupt(arena);
      reject(arena);
    }
  }

  private static void atOnce(ChatArena arena) throws Exception {
    UUID user = UUID.randomUUID();
    CyclicBarrier barrier = new CyclicBarrier(2);
    List<Callable<Reading>> sends = new ArrayList<>();
    for (int web = 0; web < 2; web++) {
      int through = web;
      sends.add(() -> {
        barrier.await();
        return send(arena, through, user, OnBusy.ENQUEUE, "hello from " + through);
      });
    }
    List<Reading> readings = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Reading> each : threads.invokeAll(sends)) {
        readings.add(each.get());
      }
    }
    readings.forEach(TwoWebsTest::awaitEnd);

    boolean zeroFirst = readings.get(0).text().equals("user: hello from 0");
    Reading first = readings.get(zeroFirst ? 0 : 1);
    Reading second = readings.get(zeroFirst ? 1 : 0);
    int one = zeroFirst ? 0 : 1;
    assertThat(first.text()).isEqualTo("user: hello from " + one);
    assertThat(second.text())
        .isEqualTo(
            first.text() + " | assistant: " + first.text() + " | user: hello from " + (1 - one));
  }

  private static void interrupt(ChatArena arena) {
    UUID user = UUID.randomUUID();
    Reading running = send(arena, 0, user, OnBusy.ENQUEUE, "forever and ever");
    awaitText(running, "user: forever and ever");
    Reading next = send(arena, 1, user, OnBusy.INTERRUPT, "enough");
    awaitEnd(running);
    awaitEnd(next);

    assertThat(running.end()).isEqualTo("cancelled");
    assertThat(next.end()).isEqualTo("done");
    assertThat(next.text())
        .as("the partial answer is kept, and known to the next")
        .isEqualTo("user: forever and ever | assistant: user: forever and ever | user: enough");
  }

  private static void reject(ChatArena arena) {
    UUID user = UUID.randomUUID();
    Reading running = send(arena, 0, user, OnBusy.ENQUEUE, "forever mine");
    awaitText(running, "user: forever mine");

    assertThat(arena.send(1, user, OnBusy.REJECT, "me too")).isEmpty();
    Reading last = send(arena, 1, user, OnBusy.INTERRUPT, "now me");
    awaitEnd(last);
    assertThat(last.text()).doesNotContain("me too");
    Optional<UUID> free = arena.send(0, user, OnBusy.REJECT, "nobody else is here");
    assertThat(free).isPresent();
  }

  private static Reading send(ChatArena arena, int web, UUID user, OnBusy onBusy, String text) {
    return new Reading(arena.queue, arena.send(web, user, onBusy, text).orElseThrow());
  }

  private static void awaitEnd(Reading reading) {
    await()
        .atMost(ChatArena.SOON)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(reading::ended);
  }

  private static void awaitText(Reading reading, String text) {
    await()
        .atMost(ChatArena.SOON)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> !reading.ended() && reading.text().equals(text));
  }
}
