package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawClient;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A web process that is stopped alone sends its clients elsewhere. */
class DrainTest {

  @Test
  void atAStopOfEverythingAllAreToldAtOnce_eachToComeBackAtItsOwnTime() throws Exception {
    try (RunningGrizz grizz = new RunningGrizz(400)) {
      int port = FreePorts.pair();
      URI uri = URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
      List<RawClient> clients = new ArrayList<>();
      Gateway gateway = grizz.another(RunningGrizz.config(port));
      try {
        for (int i = 0; i < 30; i++) {
          clients.add(RawClient.connect(uri, grizz.token(UUID.randomUUID())));
        }
        clients.forEach(client -> await().until(() -> !client.frames("welcome").isEmpty()));
        gateway.close();
        assertThat(clients).extracting(RawClient::closeCode).containsOnly(1001);
        assertThat(clients)
            .extracting(it -> it.frames("bye").getFirst().path("after_ms").asLong(10_000))
            .allMatch(it -> it < 10_000)
            .satisfies(all -> assertThat(new HashSet<>(all)).hasSizeGreaterThan(20));
      } finally {
        clients.forEach(RawClient::close);
      }
    }
  }

  @Test
  void clientsAreToldWhenToComeBackAndNobodyNewIsLetIn() throws Exception {
    try (RunningGrizz grizz = new RunningGrizz(400)) {
      int port = FreePorts.pair();
      URI uri = URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
      List<RawClient> clients = new ArrayList<>();
      try (Gateway gateway = grizz.another(RunningGrizz.config(port))) {
        for (int i = 0; i < 8; i++) {
          clients.add(RawClient.connect(uri, grizz.token(UUID.randomUUID())));
        }
        clients.forEach(client -> await().until(() -> !client.frames("welcome").isEmpty()));
        gateway.drain();
        assertThat(clients).extracting(RawClient::closeCode).containsOnly(1001);
        List<JsonNode> byes = clients.stream().map(it -> it.frames("bye").getFirst()).toList();
        assertThat(byes)
            .allMatch(it -> it.path("code").asInt() == 4001 && it.path("reconnect").asBoolean())
            .allMatch(it -> it.path("after_ms").asLong() < 10_000)
            .extracting(it -> it.path("after_ms").asLong())
            .doesNotHaveDuplicates();
        String token = grizz.token(UUID.randomUUID());
        assertThatThrownBy(() -> RawClient.connect(uri, token))
            .isInstanceOf(RuntimeException.class);
      } finally {
        clients.forEach(RawClient::close);
      }
    }
  }
}
