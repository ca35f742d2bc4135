package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.json.Json;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.gateway.GatewayConfig.Offer;
import io.grizz.model.ChatModel;
import io.grizz.model.ChatRequest;
import io.grizz.model.Completion;
import io.grizz.model.ModelException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What becomes of the files of a message, from the client's frame to the model. */
class FilesTest {

  private static final String CAT = "https://files.example.com/cat.png?token=signed";

  private final List<ChatRequest> asked = new CopyOnWriteArrayList<>();

  @Test
  void filesOfAMessageReachTheModel() throws Exception {
    UUID user = UUID.randomUUID();
    try (RunningGrizz running = new RunningGrizz(400, FilesTest::withFiles, Heard::new);
        RawClient client = RawClient.connect(running.ws(), running.token(user))) {
      String frame =
          Json.write(
              Json.tree(
                  """
                  {"t":"send","id":"1","msg":"%s","text":"What is this?",
                   "files":[{"url":"%s","mime":"image/png"}]}
                  """
                      .formatted(UUID.randomUUID(), CAT)));
      assertThat(client.ask("1", frame).path("t").asText()).isEqualTo("ok");
      await().until(() -> client.ends() == 1);

      assertThat(asked).hasSize(1);
      ChatRequest.Message last = asked.getFirst().messages().getLast();
      assertThat(last.content()).isEqualTo("What is this?");
      assertThat(last.images()).containsExactly(CAT);
    }
  }

  private static GatewayConfig withFiles(GatewayConfig it) {
    Offer offer =
        new Offer(
            Set.of(), Set.of(), Set.of("files.example.com"), it.offer().longestAnswer(), true);
    return new GatewayConfig(
        it.address(), it.access(), it.auth(), it.limits(), it.delivery(), offer);
  }

  /** Hears what the model is asked. */
  private final class Heard implements ChatModel {
    private final ChatModel model;

    Heard(ChatModel model) {
      this.model = model;
    }

    @Override
    public Completion stream(ChatRequest request, Sink sink)
        throws ModelException, InterruptedException {
      asked.add(request);
      return model.stream(request, sink);
    }

    @Override
    public void close() {
      // why: its owner closes the model
    }
  }
}
