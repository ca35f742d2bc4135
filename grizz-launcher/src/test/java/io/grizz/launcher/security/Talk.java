package io.grizz.launcher.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grizz.json.Json;
import io.grizz.launcher.RawClient;
import java.util.UUID;
import java.util.function.Consumer;

/** The frames of a client, which a test may spoil. */
final class Talk {

  private Talk() {}

  /** Sends a message that was changed, and returns what is answered. */
  static JsonNode send(RawClient client, String text, Consumer<ObjectNode> change) {
    String id = UUID.randomUUID().toString();
    ObjectNode frame = Json.object().put("t", "send").put("id", id).put("text", text);
    frame.put("msg", UUID.randomUUID().toString());
    change.accept(frame);
    return client.ask(id, Json.write(frame));
  }

  /** Sends a message that is accepted, and returns its job. */
  static UUID accepted(RawClient client, String text) {
    JsonNode ok = send(client, text, it -> {});
    assertThat(ok.path("t").asText()).as(ok.toString()).isEqualTo("ok");
    return UUID.fromString(ok.path("job").asText());
  }

  /** The code with which a message is refused that was changed. */
  static String refused(RawClient client, String text, Consumer<ObjectNode> change) {
    JsonNode err = send(client, text, change);
    assertThat(err.path("t").asText()).as(err.toString()).isEqualTo("err");
    return err.path("code").asText();
  }
}
