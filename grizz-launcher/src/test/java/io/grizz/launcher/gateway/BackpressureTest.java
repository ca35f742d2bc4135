package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Job;
import io.grizz.api.JobEvent;
import io.grizz.api.JobQueue;
import io.grizz.api.Pressure;
import io.grizz.api.Priority;
import io.grizz.api.QueueConfig;
import io.grizz.api.Receipt;
import io.grizz.chat.Chat;
import io.grizz.chat.ChatConfig;
import io.grizz.json.Json;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.gateway.GatewayConfig.Rates;
import io.grizz.memory.MemoryQueue;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Senders are slowed while the queue fills up: low first, then all, and then it refuses. */
class BackpressureTest {

  private final AtomicLong nanos = new AtomicLong();
  private final Backpressure pressure = new Backpressure(nanos::get);

  @Test
  void lowIsSlowedFirst_thenAll_andNobodyWhenNothingWasHeardForAWhile() {
    assertThat(costs()).isEqualTo("1 1 1");
    told(new Receipt.Accepted(UUID.randomUUID(), Pressure.RISING));
    assertThat(costs()).isEqualTo("1 1 4");
    told(new Receipt.Accepted(UUID.randomUUID(), Pressure.HIGH));
    assertThat(costs()).isEqualTo("4 4 4");
    told(new Receipt.Accepted(UUID.randomUUID(), Pressure.NONE));
    assertThat(costs()).isEqualTo("1 1 1");
    told(new Receipt.Overloaded(5_000, Duration.ofSeconds(1)));
    assertThat(costs()).isEqualTo("4 4 4");
    nanos.addAndGet(Duration.ofSeconds(11).toNanos());
    assertThat(costs()).isEqualTo("1 1 1");
  }

  private String costs() {
    return pressure.cost(Priority.HIGH)
        + " "
        + pressure.cost(Priority.NORMAL)
        + " "
        + pressure.cost(Priority.LOW);
  }

  private void told(Receipt receipt) {
    pressure.on(new JobEvent.Enqueued(Job.of(UUID.randomUUID(), "greet", "{}"), receipt));
  }

  /** The same as a client over HTTP meets it: twelve jobs a minute, in a queue for four. */
  @ExtendWith(SharedGrizz.class)
  @Nested
  class OverHttp {

    private final UUID user = UUID.randomUUID();
    private final RunningGrizz running;
    private int port;

    OverHttp(RunningGrizz running) {
      this.running = running;
    }

    @Test
    void jobsCostMoreAndMoreOfTheRate_untilTheQueueOrTheRateRefuses() throws Exception {
      port = FreePorts.pair();
      Backpressure heard = new Backpressure(System::nanoTime);
      QueueConfig small = QueueConfig.named("small").withCapacity(4, 2);
      GatewayConfig config =
          RunningGrizz.config(port).with(RunningGrizz.LIMITS.with(new Rates(60, 12, 600, 10)));
      try (JobQueue queue = MemoryQueue.open(small, InstantSource.system(), heard);
          HttpClient http = HttpClient.newHttpClient();
          Gateway gateway =
              Gateway.open(
                  config,
                  new Stores(
                      queue,
                      running.chats.record(),
                      new Chat(running.chats.record(), queue, ChatConfig.STANDARD)),
                  new Gateway.Means(
                      InstantSource.system(), running.grizz::newId, () -> "", () -> "", heard))) {
        for (String priority : new String[] {"normal", "normal", "low", "low"}) {
          assertThat(post(http, priority).statusCode()).as(priority).isEqualTo(202);
        }
        assertThat(gateway.standing().pressure()).isEqualTo(Pressure.HIGH);

        refused(post(http, "normal"), 503, "overloaded");
        refused(post(http, "high"), 429, "rate_limited");
        assertThat(gateway.standing().refused()).containsEntry("rate_limited", 1L);
      }
    }

    private static void refused(HttpResponse<String> response, int status, String code) {
      assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
      assertThat(Json.tree(response.body()).path("code").asText()).isEqualTo(code);
      assertThat(response.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();
    }

    private HttpResponse<String> post(HttpClient http, String priority) throws Exception {
      String body = "{\"type\":\"greet\",\"payload\":{},\"priority\":\"" + priority + "\"}";
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/jobs"))
              .header("Authorization", "Bearer " + running.token(user))
              .POST(BodyPublishers.ofString(body))
              .build(),
          BodyHandlers.ofString());
    }
  }
}
