package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grizz.Grizz;
import io.grizz.chat.Chat;
import io.grizz.chat.ChatConfig;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawSocket;
import io.grizz.launcher.settings.Records;
import io.grizz.launcher.settings.Settings;
import io.grizz.launcher.settings.Settings.Flag;
import io.grizz.launcher.settings.Settings.Sources;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.Jedis;

/** A web process holds few connections to Redis, however many clients it has. */
@ExtendWith(SharedGrizz.class)
class FewConnectionsTest {

  private static final int CLIENTS = 150;
  private static final int MOST = 10;

  private final RunningGrizz running;

  FewConnectionsTest(RunningGrizz running) {
    this.running = running;
  }

  @Test
  void tenAreEnough() throws Exception {
    Flag url = new Flag(running.redis.uri().toString(), "the test");
    Records records =
        new Records(Settings.load(new Sources(List.of(), Map.of(), Map.of("redis.url", url))));
    int port = FreePorts.pair();
    List<RawSocket> clients = new ArrayList<>();
    try (Jedis redis = new Jedis(running.redis.uri())) {
      long before = connections(redis);
      try (Grizz grizz = Grizz.open(records.redisOfWeb(), records.queue());
          Gateway gateway =
              Gateway.open(
                  RunningGrizz.config(port),
                  new Stores(
                      grizz.queue(),
                      running.chats.record(),
                      new Chat(running.chats.record(), grizz.queue(), ChatConfig.STANDARD)),
                  Gateway.Means.alone(InstantSource.system(), grizz::newId))) {
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(client(port + 1));
        }
        await().until(() -> gateway.standing().users() == CLIENTS);
        assertThat(connections(redis) - before).isBetween(1L, (long) MOST);
      }
    } finally {
      for (RawSocket client : clients) {
        client.close();
      }
    }
  }

  /** One that is welcome, which asks the doorbell to listen, and the queue for a job. */
  private RawSocket client(int port) throws Exception {
    RawSocket socket = RawSocket.to(port);
    UUID user = UUID.randomUUID();
    socket.say(RawSocket.handshake("Authorization: Bearer " + running.token(user)));
    assertThat(socket.head()).startsWith("HTTP/1.1 101");
    String job = UUID.randomUUID().toString();
    socket.send(
        "{\"t\":\"hello\",\"id\":\"1\",\"resume\":[{\"job\":\"" + job + "\",\"after\":1}]}");
    assertThat(socket.text()).contains("\"t\":\"welcome\"");
    return socket;
  }

  private static long connections(Jedis redis) {
    return redis.clientList().lines().count();
  }
}
