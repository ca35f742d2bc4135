package io.grizz.launcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grizz.api.Job;
import io.grizz.launcher.FreePorts;
import io.grizz.launcher.RawClient;
import io.grizz.launcher.gateway.GatewayConfig.Limits;
import io.grizz.launcher.gateway.GatewayConfig.Rates;
import java.net.URI;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How often is too often, and what counts. */
@ExtendWith(SharedGrizz.class)
class RatesTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final UUID user = UUID.randomUUID();
  private final int port = FreePorts.pair();
  private final RunningGrizz running;

  RatesTest(RunningGrizz running) throws Exception {
    this.running = running;
  }

  @Test
  void tenthWithinAnyMinuteIsTheLast_howeverTheyAreSpread() {
    for (long step : new long[] {0, 1, 5, 6}) {
      Strikes strikes = new Strikes(10);
      long begin = System.nanoTime();
      IntStream.range(0, 9)
          .forEach(i -> assertThat(strikes.out(begin + i * step * SECOND)).isFalse());
      assertThat(strikes.out(begin + 9 * step * SECOND)).isTrue();
    }
    Strikes seldom = new Strikes(10);
    long begin = System.nanoTime();
    assertThat(IntStream.range(0, 100).anyMatch(i -> seldom.out(begin + 7 * SECOND * i))).isFalse();
  }

  @Test
  void fewerAtOnceThanEachMinute() {
    TokenBucket bucket = TokenBucket.perMinute(600, 60);
    long now = System.nanoTime() + SECOND;
    assertThat(IntStream.range(0, 100).filter(i -> bucket.take(now) == 0)).hasSize(60);
    assertThat(bucket.take(now)).isBetween(1L, 100L);
    long begin = now + SECOND;
    assertThat(IntStream.range(0, 600).filter(i -> bucket.take(begin + i * SECOND / 10) == 0))
        .hasSize(600);
    TokenBucket small = TokenBucket.perMinute(3, 60);
    assertThat(IntStream.range(0, 10).filter(i -> small.take(now) == 0)).hasSize(3);
  }

  @Test
  void whatOneConnectionIsRefusedCostsTheOthersNothing() throws Exception {
    try (Gateway gateway = open(RunningGrizz.LIMITS.with(new Rates(2, 4, 600, 10)));
        RawClient eager = client();
        RawClient other = client()) {
      assertThat(gateway).isNotNull();
      String message = UUID.randomUUID().toString();
      for (int i = 1; i <= 6; i++) {
        assertThat(sent(eager, String.valueOf(i), message)).isEqualTo(i <= 2 ? "ok" : "err");
      }
      assertThat(sent(other, "1", message)).isEqualTo("ok");
      assertThat(sent(other, "2", message)).isEqualTo("ok");
    }
  }

  @Test
  void messageThatCouldNotBeWatchedIsRefusedBeforeItIsAccepted() throws Exception {
    Job job = running.grizz.job("greet", "{}").with(Job.Sender.ANONYMOUS.withUser(user));
    assertThat(running.grizz.queue().enqueue(job)).isNotNull();
    try (Gateway gateway = open(watchingOne());
        RawClient client = client()) {
      assertThat(gateway).isNotNull();
      client.ask("w", "{\"t\":\"watch\",\"id\":\"w\",\"job\":\"%s\"}".formatted(job.id()));
      assertThat(sent(client, "1", UUID.randomUUID().toString())).isEqualTo("err");
      client.ask("u", "{\"t\":\"unwatch\",\"id\":\"u\",\"job\":\"%s\"}".formatted(job.id()));
      assertThat(client.frames().stream().filter(it -> it.path("re").asText().equals("1")))
          .singleElement()
          .satisfies(it -> assertThat(it.path("code").asText()).isEqualTo("rate_limited"));
      assertThat(sent(client, "2", UUID.randomUUID().toString())).isEqualTo("ok");
    }
  }

  private static Limits watchingOne() {
    Limits limits = RunningGrizz.LIMITS;
    return new Limits(
        limits.frame(),
        limits.header(),
        limits.body(),
        limits.inFlight(),
        1,
        limits.rates(),
        limits.connections(),
        limits.patience());
  }

  private static String sent(RawClient client, String id, String message) {
    return client
        .ask(
            id,
            "{\"t\":\"send\",\"id\":\"%s\",\"msg\":\"%s\",\"text\":\"a\"}".formatted(id, message))
        .path("t")
        .asText();
  }

  private Gateway open(Limits limits) throws Exception {
    return running.another(RunningGrizz.config(port).with(limits));
  }

  private RawClient client() {
    URI ws = URI.create("ws://127.0.0.1:" + (port + 1) + "/v1/ws");
    return RawClient.connect(ws, running.token(user));
  }
}
