package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.Grizz;
import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.memory.ManualClock;
import io.grizz.model.ChatModel;
import io.grizz.model.ChatRequest;
import io.grizz.model.ScriptedModel;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * That the guard, which stands around queue and model in the tests of chats, catches the guilty.
 */
@ExtendWith(TestPostgres.class)
class ScopeGuardTest {

  @Test
  void callOfQueueOrModelInsideAScopeIsCaughtAndOutsideItIsNot(TestPostgres.Server server)
      throws Exception {
    ManualClock clock = ManualClock.at(Instant.EPOCH);
    try (SessionScope scope = SessionScope.open(server.database());
        Grizz grizz = Grizz.inMemory(QueueConfig.named("guarded"), clock)) {
      ScopeGuard guard = new ScopeGuard(scope);
      JobQueue queue = guard.around(grizz.queue());
      ScriptedModel scripted = new ScriptedModel();
      scripted.then("fine");
      ChatModel model = guard.around(scripted);
      ChatRequest request = new ChatRequest("m", List.of(), ChatRequest.Options.NONE);

      assertCaught("JobQueue.stats", () -> scope.read("guilty", session -> queue.stats()));
      assertCaught(
          "Reconciliation.ending",
          () -> {
            var part = queue.reconciliation();
            scope.read("guilty", session -> part.ending(new UUID(0, 0)));
          });
      assertCaught(
          "ChatModel.stream", () -> scope.read("guilty", session -> asked(model, request)));

      assertThat(scripted.calls()).isEmpty();
      assertThat(queue.stats().waiting()).isZero();
      assertThat(model.stream(request, text -> {}).finish()).isEqualTo("stop");
    }
  }

  private static String asked(ChatModel model, ChatRequest request) {
    try {
      return model.stream(request, text -> {}).finish();
    } catch (InterruptedException | io.grizz.model.ModelException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static void assertCaught(String call, Runnable guilty) {
    assertThatThrownBy(guilty::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the scope guilty is open; close it before " + call);
  }
}
