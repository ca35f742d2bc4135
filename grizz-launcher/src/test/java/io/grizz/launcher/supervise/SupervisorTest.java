package io.grizz.launcher.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.launcher.supervise.ChildSpec.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Keeps real processes alive: small shell scripts that speak the control protocol. */
@Isolated("promises times")
class SupervisorTest {

  private static final String OBEYS =
      "echo \"$NAME starts $$ $GRIZZ_INCARNATION\" >>\"$LOG\"; echo READY;"
          + " while read -r order rest; do echo \"$NAME $order $rest\" >>\"$LOG\";"
          + " case $order in drain|hurry) exit 0;; dead) echo \"RELEASED $rest\";; esac; done";
  private static final String HURRIES = OBEYS.replace("drain|hurry", "hurry");
  private static final String IGNORES =
      "echo \"$NAME starts $$ $GRIZZ_INCARNATION\" >>\"$LOG\"; echo READY; exec sleep 60";
  private static final String DIES =
      "echo \"$NAME starts $$ $GRIZZ_INCARNATION\" >>\"$LOG\"; exit 3";

  @TempDir private Path directory;

  private final Screen screen = new Screen();
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private Runnable stop = () -> {};
  private Runnable roll = () -> {};

  /** What the supervisor told people. */
  private static final class Screen implements Supervisor.Console {
    private final AtomicInteger ready = new AtomicInteger();
    private final List<String> said = new CopyOnWriteArrayList<>();

    @Override
    public void ready() {
      ready.incrementAndGet();
    }

    @Override
    public void log(String child, String line) {
      said.add(child + ": " + line);
    }

    @Override
    public void say(String line) {
      said.add(line);
    }
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    stop.run();
    stop.run();
    exit.orTimeout(20, TimeUnit.SECONDS).join();
    await()
        .until(() ->
            starts()
                .noneMatch(pid -> ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)));
  }

  @Test
  void workersAreDrainedBeforeTheWeb() throws IOException {
    run(patient(), child("web", OBEYS), child("worker-1", OBEYS), child("worker-2", OBEYS));
    await().until(() -> screen.ready.get() == 1);
    stop.run();

    assertThat(exit.orTimeout(10, TimeUnit.SECONDS).join()).isZero();
    List<String> drained =
        log().filter(line -> line.endsWith(" drain ")).map(line -> line.split(" ", 2)[0]).toList();
    assertThat(drained)
        .containsExactlyInAnyOrder("worker-1", "worker-2", "web")
        .last()
        .isEqualTo("web");
    assertThat(screen.ready).hasValue(1);
    assertThat(Incarnations.in(directory).names()).isEmpty();
  }

  @Test
  void killedWorkerIsStartedAgainAndItsDeathIsToldToALivingOne() throws IOException {
    run(patient(), child("web", OBEYS), child("worker-1", OBEYS), child("worker-2", OBEYS));
    await().until(() -> screen.ready.get() == 1);
    String[] first = started("worker-1", 0);
    ProcessHandle.of(Long.parseLong(first[2])).orElseThrow().destroyForcibly();

    await().until(() -> log().filter(line -> line.startsWith("worker-1 starts")).count() == 2);
    assertThat(started("worker-1", 1)[3]).startsWith("worker-1-").isNotEqualTo(first[3]);
    await().until(() -> log().filter(line -> line.endsWith(" dead " + first[3])).count() == 2);
    assertThat(screen.said).anyMatch(line -> line.contains("137 (killed), restart 1 of 2"));
  }

  @Test
  void processesOfAnEarlierLauncherAreToldToBeDead() throws IOException {
    Incarnations.in(directory).add("worker-1-before");
    run(patient(), child("web", OBEYS), child("worker-1", OBEYS));
    await().until(() -> log().filter("worker-1 dead worker-1-before"::equals).count() == 2);
  }

  @Test
  void hopelessWorkerStaysDownAndTheOthersGoOn() throws IOException {
    run(patient(), child("web", OBEYS), child("worker-1", DIES), child("worker-2", OBEYS));
    await().until(() -> screen.said.stream().anyMatch(line -> line.contains("it stays down")));
    assertThat(log().filter(line -> line.startsWith("worker-1 starts"))).hasSize(3);
    assertThat(exit).isNotDone();
    assertThat(screen.ready).hasValue(0);
  }

  @Test
  void withoutAnyWorkerEverythingStops() throws IOException {
    run(patient(), child("web", OBEYS), child("worker-1", DIES));
    assertThat(exit.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(1);
    assertThat(screen.said).anyMatch(line -> line.contains("everything stops"));
    assertThat(log()).contains("web drain ");
  }

  @Test
  void withoutTheWebEverythingStopsAndItsLastWordsAreShown() throws IOException {
    run(patient(), child("web", "echo 'no such table' >&2; exit 1"), child("worker-1", OBEYS));
    assertThat(exit.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(1);
    assertThat(screen.said).filteredOn("web: no such table"::equals).hasSizeGreaterThan(3);
  }

  @Test
  void badConfigurationIsNotTriedAgain() throws IOException {
    run(patient(), child("web", OBEYS), child("worker-1", DIES.replace("exit 3", "exit 78")));
    assertThat(exit.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(78);
    assertThat(log().filter(line -> line.startsWith("worker-1 starts"))).hasSize(1);
  }

  @Test
  void silentProcessIsKilledAndStartedAgain() throws IOException {
    run(config(Duration.ofSeconds(1), Duration.ofSeconds(10)), child("worker-1", OBEYS));
    await().until(() -> screen.said.stream().anyMatch(line -> line.contains("is silent for")));
    await().until(() -> log().filter(line -> line.startsWith("worker-1 starts")).count() > 1);
  }

  @Test
  void processThatDoesNotListenIsKilledWhenItsTimeIsOver() throws IOException {
    run(config(Duration.ofSeconds(30), Duration.ofMillis(1_500)), child("worker-1", IGNORES));
    await().until(() -> screen.ready.get() == 1);
    long began = System.nanoTime();
    stop.run();
    assertThat(exit.orTimeout(10, TimeUnit.SECONDS).join()).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(4));
  }

  @Test
  void secondStopHurries() throws IOException {
    run(patient(), child("worker-1", HURRIES));
    await().until(() -> screen.ready.get() == 1);
    stop.run();
    await().until(() -> log().anyMatch("worker-1 drain "::equals));
    assertThat(exit).isNotDone();
    stop.run();
    assertThat(exit.orTimeout(5, TimeUnit.SECONDS).join()).isZero();
    assertThat(log()).contains("worker-1 hurry ");
  }

  @Test
  void rollingRestartTakesOneWorkerAtATime() throws IOException {
    run(patient(), child("web", OBEYS), child("worker-1", OBEYS), child("worker-2", OBEYS));
    await().until(() -> screen.ready.get() == 1);
    roll.run();
    await().until(() -> log().filter(line -> line.startsWith("worker-2 starts")).count() == 2);
    assertThat(
            log()
                .filter(line -> line.startsWith("worker"))
                .map(line -> String.join(" ", List.of(line.split(" ", 3)).subList(0, 2)))
                .skip(2))
        .containsExactly("worker-1 drain", "worker-1 starts", "worker-2 drain", "worker-2 starts");
    assertThat(exit).isNotDone();
  }

  @Test
  void rollThatMeetsABrokenWorkerLeavesTheOthersAsTheyAre() throws IOException {
    String onceOnly = "[ -e \"$LOG.once\" ] && exit 3; touch \"$LOG.once\"; " + OBEYS;
    run(patient(), child("web", OBEYS), child("worker-1", onceOnly), child("worker-2", OBEYS));
    await().until(() -> screen.ready.get() == 1);
    roll.run();
    await().until(() -> screen.said.stream().anyMatch(line -> line.contains("it stays down")));
    assertThat(screen.said)
        .anyMatch(line -> line.contains("restart 2 of 2"))
        .anyMatch(line -> line.contains("worker-1 does not come back"));
    assertThat(log()).doesNotContain("worker-2 drain ");
    roll.run();
    await().until(() -> log().filter(line -> line.startsWith("worker-2 starts")).count() == 2);
  }

  @Test
  void drainThatDoesNotEndWellCostsARollNoRestart() throws IOException {
    String failsAtItsEnd = OBEYS.replace("exit 0", "exit 1");
    run(patient(), child("web", OBEYS), child("worker-1", failsAtItsEnd), child("worker-2", OBEYS));
    await().until(() -> screen.ready.get() == 1);
    String first = started("worker-1", 0)[3];
    roll.run();
    await().until(() -> log().filter(line -> line.startsWith("worker-2 starts")).count() == 2);
    assertThat(screen.said).noneMatch(line -> line.contains("restart 1"));
    assertThat(log()).anyMatch(line -> line.endsWith(" dead " + first));
  }

  @Test
  void deathIsToldUntilSomebodyReleasedIt() throws IOException {
    String forgetful = OBEYS.replace("dead)", "dead) [ -e \"$LOG.awake\" ] || continue;");
    Incarnations.in(directory).add("worker-1-before");
    run(patient(), child("web", OBEYS), child("worker-1", forgetful));
    await().until(() -> log().filter("worker-1 dead worker-1-before"::equals).count() == 3);
    assertThat(Incarnations.in(directory).names()).contains("worker-1-before");
    Files.createFile(directory.resolve("log.awake"));
    await().until(() -> !Incarnations.in(directory).names().contains("worker-1-before"));
    assertThat(log().filter("worker-1 dead worker-1-before"::equals)).hasSize(5);
  }

  @Test
  void processThatCannotBeStartedIsTriedAsOftenAsOneThatEnds() throws IOException {
    ChildSpec none = new ChildSpec("web", Role.WEB, () -> List.of("/no/such/program"), Map.of());
    run(patient(), none, child("worker-1", OBEYS));
    assertThat(exit.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(1);
    assertThat(screen.said).anyMatch(line -> line.contains("too often: everything stops"));
  }

  private void run(SupervisorConfig config, ChildSpec... children) {
    Supervisor supervisor =
        new Supervisor(config, List.of(children), Incarnations.in(directory), screen);
    stop = supervisor::stop;
    roll = supervisor::roll;
    Thread.ofPlatform()
        .start(() -> {
          try {
            exit.complete(supervisor.run());
          } catch (Throwable e) {
            exit.completeExceptionally(e);
          }
        });
  }

  private ChildSpec child(String name, String script) {
    Role role = name.startsWith("worker") ? Role.WORKER : Role.WEB;
    Map<String, String> environment = Map.of("NAME", name, "LOG", directory + "/log");
    return new ChildSpec(name, role, () -> List.of("sh", "-c", script), environment);
  }

  private static SupervisorConfig patient() {
    return config(Duration.ofSeconds(30), Duration.ofSeconds(30));
  }

  private static SupervisorConfig config(Duration heartbeat, Duration stop) {
    Duration soon = Duration.ofMillis(20);
    return new SupervisorConfig(2, Duration.ofSeconds(60), soon, soon, heartbeat, stop);
  }

  private Stream<String> log() throws IOException {
    Path log = directory.resolve("log");
    return Files.exists(log) ? Files.readAllLines(log).stream() : Stream.of();
  }

  /** The words of a process's nth start: name, "starts", pid, incarnation. */
  private String[] started(String name, int nth) throws IOException {
    return log()
        .filter(line -> line.startsWith(name + " starts"))
        .skip(nth)
        .findFirst()
        .orElseThrow()
        .split(" ", -1);
  }

  private Stream<Long> starts() throws IOException {
    return log()
        .filter(line -> line.contains(" starts "))
        .map(line -> Long.parseLong(line.split(" ", -1)[2]));
  }
}
