package io.grizz.launcher.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.JobEvent;
import io.grizz.memory.ManualClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What processes measure reaches those who ask another process. */
class MetersFolderTest {

  private static final String WEB =
      """
      # HELP jobs Jobs
      # TYPE jobs gauge
      jobs{process="web"} 1.0
      # HELP up Up
      # TYPE up gauge
      up{process="web"} 1.0
      """;
  private static final String WORKER =
      """
      # HELP jobs Jobs
      # TYPE jobs gauge
      jobs{process="worker-1"} 7.0
      """;

  private final ManualClock clock = ManualClock.at(Instant.now());

  @TempDir private Path directory;
  private MetersFolder folder;

  @BeforeEach
  void make() throws Exception {
    folder = new MetersFolder(directory.resolve("meters"), clock);
    folder.make();
  }

  @Test
  void whatProcessesLeftStandsByTheSameNamesOfOthers() throws Exception {
    folder.leave("worker-1", WORKER);
    assertThat(folder.with(WEB))
        .isEqualTo(
            """
            # HELP jobs Jobs
            # TYPE jobs gauge
            jobs{process="web"} 1.0
            jobs{process="worker-1"} 7.0
            # HELP up Up
            # TYPE up gauge
            up{process="web"} 1.0
            """);
  }

  @Test
  void whatIsOldOrTakenAwayOrOfAnEarlierLaunchIsLeftOut() throws Exception {
    folder.leave("worker-1", WORKER);
    assertThat(folder.with(WEB)).contains("worker-1");
    folder.takeAway("worker-1");
    assertThat(folder.with(WEB)).isEqualTo(WEB);

    folder.leave("worker-1", WORKER);
    folder.make();
    assertThat(folder.with(WEB)).isEqualTo(WEB);

    folder.leave("worker-1", WORKER);
    clock.advance(Duration.ofSeconds(20));
    assertThat(folder.with(WEB)).isEqualTo(WEB);
  }

  @Test
  void folderThatIsNotThereHoldsNothingUp() {
    assertThat(new MetersFolder(directory.resolve("none"), clock).with(WEB)).isEqualTo(WEB);
  }

  @Test
  void processLeavesItsMetersWhileItRuns_andTakesThemAwayAtItsEnd() {
    Path file = directory.resolve("meters/worker-1.prom");
    try (LeftMeters left =
        new LeftMeters(folder, "worker-1", () -> new Meters("worker-1"), new HeldEvents())) {
      left.start();
      await().until(() -> Files.exists(file));
      String all = folder.with(new Meters("web").text());
      assertThat(all)
          .contains("jvm_threads_live_threads{process=\"web\"}")
          .contains("jvm_threads_live_threads{process=\"worker-1\"}");
      List<String> types = all.lines().filter(it -> it.startsWith("# TYPE")).toList();
      assertThat(types).doesNotHaveDuplicates();
      assertThat(samplesStandTogether(all)).isTrue();
    }
    await().until(() -> !Files.exists(file));
  }

  /** Whether no name comes again after another has come. */
  private static boolean samplesStandTogether(String text) {
    Set<String> over = new HashSet<>();
    String current = "";
    for (String line : text.lines().toList()) {
      String name = line.startsWith("# ") ? line.split(" ", 4)[2] : current;
      if (!name.equals(current) && !over.add(name)) {
        return false;
      }
      current = name;
    }
    return true;
  }

  @RepeatedTest(20)
  void noEventIsLostWhileMetersAreMade() throws Exception {
    HeldEvents events = new HeldEvents();
    Meters meters = new Meters("worker-1");
    CountDownLatch begun = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    IntStream.range(0, 4)
        .forEach(i ->
            threads.add(
                Thread.ofVirtual()
                    .start(() -> {
                      for (int n = 0; n < 500; n++) {
                        events.on(new JobEvent.CancelAsked(new UUID(i, n), Optional.empty()));
                        if (n == 100) {
                          begun.countDown();
                        }
                      }
                    })));
    begun.await();
    events.begin(meters);
    for (Thread each : threads) {
      each.join();
    }
    assertThat(meters.text())
        .contains("grizz_jobs_cancel_asked_total{process=\"worker-1\"} 2000.0");
  }
}
