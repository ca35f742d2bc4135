package io.grizz.chat;

import static io.grizz.chat.ChatFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.api.ChatRecord.Acceptance;
import io.grizz.api.ChatRecord.ChatMessage;
import io.grizz.api.ChatRecord.OnBusy;
import io.grizz.api.ChatRecord.RecordUnavailableException;
import io.grizz.api.ChatRecord.RecordedJob;
import io.grizz.api.JobState;
import io.grizz.model.ChatModel.Sink;
import io.grizz.model.ChatRequest;
import io.grizz.model.ModelException;
import io.grizz.model.ScriptedModel;
import io.grizz.postgres.RecordConfig;
import io.grizz.postgres.TestPostgres;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.Jedis;

/** A Redis that forgets a thousand accepted jobs, whatever they were doing. */
@ExtendWith(TestPostgres.class)
class FlushTest {

  private static final int CONVERSATIONS = 200;
  private static final int MESSAGES = 5;
  private static final int SENDERS = 4;

  /** What becomes of the first message of a conversation; all others just wait for their turn. */
  private static final List<String> KINDS =
      List.of("quick", "wait", "fail", "limited", "unsent", "cancelled");

  private final CountDownLatch goOn = new CountDownLatch(1);
  private final Set<String> limited = ConcurrentHashMap.newKeySet();

  @Test
  void eachOfAThousandJobsReachesItsEndAndNoneTwice(TestPostgres.Server postgres) {
    try (ChatFixture chats = new ChatFixture(postgres)) {
      chats.model.otherwise(this::answer);
      Chat chat = chats.chatWith(RecordConfig.DEFAULTS.withInFlight(MESSAGES));
      Map<RecordedJob, String> jobs = accept(chats, chat);
      chats.startWorker();
      soon()
          .untilAsserted(() ->
              assertThat(states(chats).keySet()).contains("HELD", "READY", "RUNNING", "COMPLETED"));
      soon().until(() -> chats.queue.stats().scheduled() > 0);
      soon().until(() -> !chats.queue.reconciliation().ended(1).isEmpty());

      flush(chats);
      goOn.countDown();
      // why: so many answers at a time may keep repair from its session; it just comes again
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .ignoreException(RecordUnavailableException.class)
          .until(() -> {
            chats.repairAll();
            return ended(chats) == jobs.size();
          });
      soon().until(() -> chats.queue.stats().running() == 0);
      chats.repairAll();
      verify(chats, jobs);
    } finally {
      goOn.countDown();
    }
  }

  private static Map<RecordedJob, String> accept(ChatFixture chats, Chat chat) {
    Map<RecordedJob, String> jobs = new ConcurrentHashMap<>();
    try (var threads = Executors.newFixedThreadPool(SENDERS)) {
      for (int i = 0; i < CONVERSATIONS; i++) {
        String number = " " + i + ".";
        String kind = KINDS.get(i % KINDS.size());
        threads.execute(() -> {
          UUID user = UUID.randomUUID();
          for (int n = 0; n < MESSAGES; n++) {
            String what = n == 0 ? kind : "later";
            jobs.put(accept(chats, chat, message(user, what + number + n)), what);
          }
        });
      }
    }
    assertThat(jobs).hasSize(CONVERSATIONS * MESSAGES);
    return jobs;
  }

  private static RecordedJob accept(ChatFixture chats, Chat chat, ChatMessage message) {
    Acceptance acceptance =
        message.text().startsWith("unsent")
            ? chats.record.accept(message)
            : chat.send(message).orElseThrow();
    RecordedJob job = ((Acceptance.Accepted) acceptance).job();
    if (message.text().startsWith("cancelled")) {
      assertThat(chats.record.cancel(job.user(), job.id())).isTrue();
    }
    return job;
  }

  private void answer(ChatRequest request, Sink sink) throws ModelException, InterruptedException {
    String asked = request.messages().getLast().content();
    sink.text("answer to " + asked);
    if (asked.startsWith("wait")) {
      goOn.await();
    }
    if (asked.startsWith("fail")) {
      throw ScriptedModel.unavailable();
    }
    if (asked.startsWith("limited") && limited.add(asked)) {
      throw ScriptedModel.limited(Duration.ofHours(1));
    }
  }

  private static void verify(ChatFixture chats, Map<RecordedJob, String> jobs) {
    Set<JobState> seen = new HashSet<>();
    jobs.forEach((job, kind) -> {
      var closed = chats.record.closed(job.user(), job.id()).orElseThrow();
      JobState end =
          switch (kind) {
            case "fail" -> JobState.DEAD;
            case "cancelled" -> JobState.CANCELLED;
            default -> JobState.COMPLETED;
          };
      assertThat(closed.ending().state()).as(kind).isEqualTo(end);
      seen.add(end);
      if (chats.queue.output(job.id(), 0).isPresent()) {
        assertThat(chats.ends(job)).as("terminal events of a job, %s", kind).hasSize(1);
        assertThat(chats.shown(job)).as(kind).isEqualTo(closed.text());
      }
    });
    assertThat(seen).hasSize(3);
    assertThat(answersPerJob(chats)).containsOnly(1);
    assertThat(chats.queue.stats().waiting()).isZero();
  }

  private static Map<String, Integer> states(ChatFixture chats) {
    Map<String, Integer> states = new HashMap<>();
    chats
        .scope
        .read(
            "states",
            session ->
                session.query(
                    "select state, count(*) as n from grizz.jobs group by state",
                    row -> Map.entry(row.text("state"), row.integer("n"))))
        .forEach(each -> states.put(each.getKey(), each.getValue()));
    return states;
  }

  private static int ended(ChatFixture chats) {
    Map<String, Integer> states = new HashMap<>(states(chats));
    List.of("HELD", "READY", "RUNNING").forEach(states::remove);
    return states.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static List<Integer> answersPerJob(ChatFixture chats) {
    return new ArrayList<>(
        chats.scope.read(
            "answers",
            session ->
                session.query(
                    """
                    select count(*) as n from public.messages
                    where role = 'assistant' group by job_id
                    """,
                    row -> row.integer("n"))));
  }

  private static ChatMessage message(UUID user, String text) {
    return new ChatMessage(
        user, Optional.empty(), ZoneOffset.UTC, UUID.randomUUID(), text, OnBusy.ENQUEUE, "{}");
  }

  private static void flush(ChatFixture chats) {
    try (Jedis redis = new Jedis(chats.redis.uri())) {
      redis.flushAll();
    }
  }
}
