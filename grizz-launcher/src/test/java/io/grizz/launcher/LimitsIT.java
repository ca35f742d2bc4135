package io.grizz.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.launcher.offline.OfflineAnswer;
import io.grizz.launcher.offline.OfflineConfig;
import io.grizz.launcher.offline.OfflineModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a provider lets everybody is shared by worker processes. */
class LimitsIT {

  private static final int USERS = 3;
  private static final OfflineConfig QUICK = new OfflineConfig(Duration.ofMillis(100), 100);

  @TempDir private Path directory;

  /** When the model spoke of a question. */
  private record Spoke(long fromNanos, long toNanos) {
    Spoke and(Spoke later) {
      return new Spoke(fromNanos, later.toNanos());
    }
  }

  @Test
  void oneCallAtATime_isOneOfAllWorkers_andWaitingCostsNoAttempt() throws Exception {
    Map<String, Spoke> spoken = new ConcurrentHashMap<>();
    try (OfflineModel model =
            OfflineModel.start(
                0,
                QUICK,
                (question, token) -> {
                  long now = System.nanoTime();
                  spoken.merge(question, new Spoke(now, now), Spoke::and);
                });
        LaunchedGrizz grizz =
            LaunchedGrizz.start(
                directory,
                FreePorts.pair(),
                Map.of("OPENAI_BASE_URL", model.uri().toString()),
                "--workers",
                "2",
                "--set",
                "limits.provider-calls=1",
                "--set",
                "worker.attempts=1")) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < USERS; i++) {
        clients.add(RawClient.connect(grizz.ws(), grizz.token(UUID.randomUUID())));
      }
      for (int i = 0; i < USERS; i++) {
        clients
            .get(i)
            .send(
                "{\"t\":\"send\",\"id\":\"1\",\"msg\":\"%s\",\"text\":\"question %d\"}"
                    .formatted(UUID.randomUUID(), i));
      }
      for (int i = 0; i < USERS; i++) {
        RawClient client = clients.get(i);
        await().atMost(40, TimeUnit.SECONDS).until(() -> client.ends() > 0);
        assertThat(client.frames("done")).as("answers of user " + i).hasSize(1);
        assertThat(client.text()).isEqualTo(OfflineAnswer.to("question " + i, 0));
        client.close();
      }
    }
    List<Spoke> inTurn =
        spoken.values().stream().sorted(Comparator.comparingLong(Spoke::fromNanos)).toList();
    assertThat(inTurn).hasSize(USERS);
    for (int i = 1; i < USERS; i++) {
      assertThat(inTurn.get(i).fromNanos())
          .as("the next began after the one before")
          .isGreaterThan(inTurn.get(i - 1).toNanos());
    }
  }
}
