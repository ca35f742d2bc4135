package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.SessionEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A thousand virtual threads that share four connections. */
@ExtendWith(TestPostgres.class)
class FairnessTest {

  private static final int THREADS = 1_000;
  private static final int TURNS = 3;

  @TempDir private java.nio.file.Path directory;

  @Test
  void nobodyStarvesAndNobodyPinsAThread(TestPostgres.Server server) throws Exception {
    Queue<Duration> waits = new ConcurrentLinkedQueue<>();
    PostgresConfig config = server.database().withPoolSize(4).withPatience(Duration.ofSeconds(30));
    try (SessionScope scope =
            SessionScope.open(
                config,
                event -> {
                  if (event instanceof SessionEvent.Acquired acquired) {
                    waits.add(acquired.waited());
                  }
                });
        Recording recording = new Recording()) {
      crowd(scope, 4);
      waits.clear();
      recording.enable("jdk.VirtualThreadPinned").withStackTrace();
      recording.start();
      crowd(scope, THREADS);
      recording.stop();

      List<Duration> sorted = waits.stream().sorted().toList();
      assertThat(sorted).hasSize(THREADS * TURNS);
      Duration median = sorted.get(sorted.size() / 2);
      assertThat(sorted.getLast()).isLessThan(median.multipliedBy(3));
      assertThat(pinned(recording)).isEmpty();
      assertThat(scope.numbers().active()).isZero();
    }
  }

  /** Each takes its turns as soon as it can, all from the same moment on. */
  private static void crowd(SessionScope scope, int size) throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        all.add(
            threads.submit(() -> {
              start.await();
              int sum = 0;
              for (int turn = 0; turn < TURNS; turn++) {
                sum += scope.read("one", session -> session.one("select 1 as n", FairnessTest::n));
              }
              return sum;
            }));
      }
      start.countDown();
      for (Future<Integer> each : all) {
        assertThat(each.get()).isEqualTo(TURNS);
      }
    }
  }

  private static int n(Row row) {
    return row.integer("n");
  }

  private List<RecordedEvent> pinned(Recording recording) throws Exception {
    java.nio.file.Path file = directory.resolve("pinned.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file);
  }
}
