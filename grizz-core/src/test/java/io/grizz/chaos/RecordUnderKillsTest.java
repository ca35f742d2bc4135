package io.grizz.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.chaos.ChatArena.Child;
import io.grizz.postgres.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A web process, a worker and Postgres, killed at each named step of accepting, beginning,
 * finishing and closing: always one user's message, one job, one answer, one terminal event.
 */
@Execution(ExecutionMode.CONCURRENT)
class RecordUnderKillsTest {

  private static final List<String> OF_THE_WEB =
      List.of(
          "before accept",
          "commit accept",
          "after accept",
          "before sent",
          "commit sent",
          "after sent");
  private static final List<String> OF_A_RUN =
      List.of(
          "before begin",
          "commit begin",
          "after begin",
          "before finish",
          "commit finish",
          "after finish",
          "after settle");
  private static final List<String> OF_REPAIR =
      List.of("before closeEnded", "commit closeEnded", "after closeEnded", "after close");

  /** Here the answer is whole, and nobody has it yet: it is paid for again. */
  private static final List<String> LOSES_THE_ANSWER = List.of("before finish", "commit finish");

  /** From here on the next job may run in the very process that dies, and is then run again. */
  private static final List<String> FREES_THE_NEXT =
      List.of("after finish", "after settle", "after closeEnded", "after close");

  /** Holds what each process logs, too. */
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path directory;

  private enum Victim {
    PROCESS,
    POSTGRES
  }

  /** What is killed, and when. */
  private record Fate(Victim victim, String moment) {
    boolean ofTheWeb() {
      return OF_THE_WEB.contains(moment);
    }

    boolean ofRepair() {
      return OF_REPAIR.contains(moment);
    }

    int calls() {
      if (ofRepair()) {
        return 2;
      }
      return victim == Victim.PROCESS && LOSES_THE_ANSWER.contains(moment) ? 2 : 1;
    }

    long mostCallsOfTheNext() {
      return victim == Victim.PROCESS && FREES_THE_NEXT.contains(moment) ? 2 : 1;
    }
  }

  @Test
  void whoeverDiesAtWhicheverStepTheMessageIsAnsweredOnce() throws Exception {
    survive(40);
  }

  @Tag("chaos")
  @Test
  void fiveHundredDeathsChangeNothing() throws Exception {
    survive(500);
  }

  private void survive(int deaths) throws Exception {
    long seed = Long.getLong("grizz.chaos.seed", System.nanoTime());
    Random random = new Random(seed);
    // why not the one that all tests share: others run beside this
    try (TestPostgres.Server postgres = new TestPostgres.Server();
        ChatArena arena = new ChatArena(postgres, directory, 1, 2)) {
      arena.spare();
      List<UUID> jobs = new ArrayList<>();
      List<Fate> fates = new ArrayList<>();
      for (int i = 0; i < deaths; i++) {
        if (fates.isEmpty()) {
          fates.addAll(all(random));
        }
        Fate fate = fates.removeLast();
        String name = "seed " + seed + ", death " + i + ", " + fate + ", logs in " + directory;
        jobs.addAll(story(arena, fate, random, name));
      }
      // why at the very end: a second one might come long after all have read the first
      assertThat(jobs)
          .as("seed " + seed)
          .allSatisfy(job -> assertThat(arena.ends(job)).as("%s", job).hasSize(1));
    }
  }

  private static List<Fate> all(Random random) {
    List<Fate> all = new ArrayList<>();
    for (Victim victim : Victim.values()) {
      for (List<String> moments : List.of(OF_THE_WEB, OF_A_RUN, OF_REPAIR)) {
        moments.forEach(moment -> all.add(new Fate(victim, moment)));
      }
    }
    Collections.shuffle(all, random);
    return all;
  }

  /** Two messages, and a death; the jobs that answered them. */
  private static List<UUID> story(ChatArena arena, Fate fate, Random random, String name)
      throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    boolean backFirst = random.nextBoolean();
    arena.arm(
        fate.ofTheWeb() ? arena.webs() : arena.workers(),
        fate.moment(),
        there -> {
          strike(arena, fate, there, backFirst);
          done.countDown();
        });
    UUID user = UUID.randomUUID();
    String words = "word ".repeat(1 + random.nextInt(200)) + UUID.randomUUID();
    String first = (fate.ofRepair() ? "fail " : "say ") + words;
    String second = "then " + words;
    Reading one = read(arena, user, first);
    Reading two = read(arena, user, second);
    await()
        .alias(name)
        .atMost(ChatArena.SOON)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> {
          boolean oneEnded = one.ended();
          return two.ended() && oneEnded;
        });
    assertThat(done.await(ChatArena.SOON.toSeconds(), TimeUnit.SECONDS)).as(name).isTrue();

    assertThat(one.end()).as(name).isEqualTo(fate.ofRepair() ? "failed" : "done");
    assertThat(one.text()).as(name).isEqualTo("user: " + first);
    assertThat(two.end()).as(name).isEqualTo("done");
    String context =
        fate.ofRepair() ? "" : "user: " + first + " | assistant: " + one.text() + " | ";
    assertThat(two.text()).as(name).isEqualTo(context + "user: " + second);
    assertThat(arena.calls(first)).as(name).isEqualTo(fate.calls());
    assertThat(arena.calls(second)).as(name).isBetween(1L, fate.mostCallsOfTheNext());
    assertThat(recorded(arena, user))
        .as(name)
        .containsExactly(
            "user " + first,
            "user " + second,
            "assistant " + one.text() + " " + one.message(),
            "assistant " + two.text() + " " + two.message());
    return List.of(one.job(), two.job());
  }

  private static Reading read(ChatArena arena, UUID user, String text) {
    return new Reading(arena.queue, arena.send(0, user, OnBusy.ENQUEUE, text).orElseThrow());
  }

  private static void strike(ChatArena arena, Fate fate, Child there, boolean backFirst) {
    switch (fate.victim()) {
      case PROCESS -> arena.kill(there);
      case POSTGRES -> {
        arena.postgres.kill();
        if (backFirst) {
          arena.postgres.start();
          there.goOn();
        } else {
          there.goOn();
          arena.postgres.start();
        }
      }
    }
  }

  /** All that is kept of a user, questions first, in their order. */
  private static List<String> recorded(ChatArena arena, UUID user) {
    return arena.scope.read(
        "recorded",
        session -> {
          int jobs =
              session.one(
                  "select count(*) as n from grizz.jobs where user_id = ?",
                  row -> row.integer("n"),
                  user);
          assertThat(jobs).isEqualTo(2);
          return session.query(
              """
              select m.role || ' ' || m.content
                || case when m.id = j.message_id then ' ' || m.id else '' end as said
              from public.messages m join grizz.jobs j on j.id = m.job_id
              where m.user_id = ? order by m.role desc, j.turn, m.id
              """,
              row -> row.text("said"),
              user);
        });
  }
}
