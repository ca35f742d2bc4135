package io.grizz.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ConfigException;
import io.grizz.api.ProviderLimits;
import io.grizz.api.ProviderLimits.Bounds;
import io.grizz.api.QueueUnavailableException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** What all workers together may ask of one provider. */
class RedisLimitsTest {

  private static final TestRedis REDIS = new TestRedis();
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration MOST = MINUTE.multipliedBy(3).dividedBy(2);

  private final String provider = UUID.randomUUID().toString();

  @AfterAll
  static void stop() {
    REDIS.close();
  }

  @Test
  void requestsOfAMinuteAreCountedOverAllWhoOpenThem() {
    Bounds three = new Bounds(Optional.of(3), Optional.empty(), Optional.empty());
    try (RedisLimits one = open(three);
        RedisLimits two = open(three)) {
      assertThat(one.reserve("a", 10)).isEmpty();
      assertThat(two.reserve("b", 10)).isEmpty();
      assertThat(one.reserve("b", 10)).as("the same again").isEmpty();
      assertThat(two.reserve("c", 10)).isEmpty();
      one.settle("a", 5);
      assertThat(one.reserve("d", 10).orElseThrow())
          .as("an end gives no request back")
          .isBetween(MINUTE.minusSeconds(10), MOST);

      age("a");
      assertThat(one.reserve("d", 10)).isEmpty();
      assertThat(two.reserve("e", 10)).isPresent();
    }
  }

  @Test
  void tokensAreThoseReservedUntilTheCallSaysWhatItUsed() {
    try (RedisLimits limits =
        open(new Bounds(Optional.empty(), Optional.of(100), Optional.empty()))) {
      assertThat(limits.reserve("a", 80)).isEmpty();
      assertThat(limits.reserve("b", 30)).isPresent();
      limits.settle("a", 20);
      limits.settle("a", 20);
      assertThat(limits.reserve("b", 80)).isEmpty();
      assertThat(limits.reserve("c", 1)).isPresent();

      age("a");
      assertThat(limits.reserve("c", 20)).isEmpty();
      age("b");
      age("c");
      assertThat(limits.reserve("d", 500)).as("larger than the bound, and alone").isEmpty();
    }
  }

  @Test
  void nobodyIsAskedForMoreTokensWhereTheyAreNotBounded() {
    Bounds calls = new Bounds(Optional.empty(), Optional.empty(), Optional.of(1));
    RedisConfig nowhere = RedisConfig.at(URI.create("redis://127.0.0.1:1"));
    try (RedisLimits limits = RedisLimits.open(nowhere, "nowhere", calls, MINUTE)) {
      assertThat(limits.enlarge("a", 1_000)).isEmpty();
      assertThatThrownBy(() -> limits.reserve("a", 1_000))
          .isInstanceOf(QueueUnavailableException.class);
    }
    Bounds tokens = new Bounds(Optional.empty(), Optional.of(100), Optional.empty());
    try (RedisLimits limits = open(tokens)) {
      assertThat(limits.reserve("a", 50)).isEmpty();
      assertThat(limits.reserve("b", 10)).isEmpty();
      assertThat(limits.enlarge("a", 95)).isPresent();
      assertThat(limits.enlarge("a", 90)).isEmpty();
    }
  }

  @Test
  void placeGrowsWithWhatItsCallTurnsOutToNeedIfThereIsRoom() {
    try (RedisLimits limits =
        open(new Bounds(Optional.empty(), Optional.of(100), Optional.empty()))) {
      assertThat(limits.reserve("a", 10)).isEmpty();
      assertThat(limits.reserve("a", 500)).as("larger than the bound, and alone").isEmpty();
      assertThat(limits.reserve("a", 10)).as("never smaller").isEmpty();
      assertThat(limits.reserve("b", 1)).isPresent();
      limits.settle("a", 60);
      assertThat(limits.reserve("b", 10)).isEmpty();
      assertThat(limits.reserve("b", 41)).isPresent();
      assertThat(limits.reserve("b", 40)).isEmpty();
      assertThat(limits.reserve("c", 1)).isPresent();
    }
  }

  @Test
  void placeThatIsGivenBackUnusedCountsForNothing() {
    try (RedisLimits limits = open(new Bounds(Optional.of(1), Optional.of(100), Optional.of(1)))) {
      assertThat(limits.reserve("a", 100)).isEmpty();
      assertThat(limits.reserve("b", 100)).isPresent();
      limits.giveBack("a");
      limits.giveBack("a");
      assertThat(limits.reserve("b", 100)).isEmpty();
      assertThat(limits.reserve("c", 100)).isPresent();
    }
  }

  @Test
  void callsAtATimeAreGivenBackByTheirEndOrByTime() {
    try (RedisLimits limits =
        open(new Bounds(Optional.empty(), Optional.empty(), Optional.of(1)))) {
      assertThat(limits.reserve("a", 1)).isEmpty();
      assertThat(limits.reserve("b", 1).orElseThrow()).isLessThan(Duration.ofSeconds(1));
      limits.settle("a", 1);
      assertThat(limits.reserve("b", 1)).isEmpty();
      assertThat(limits.reserve("c", 1)).isPresent();
      forget("calls", "b");
      assertThat(limits.reserve("c", 1)).isEmpty();
    }
  }

  @Test
  void pauseHoldsEverybodyForTheLongestThatWasAskedFor() {
    try (RedisLimits one = open(Bounds.NONE);
        RedisLimits two = open(Bounds.NONE)) {
      one.pause(Duration.ofSeconds(30));
      one.pause(Duration.ofSeconds(1));
      assertThat(two.reserve("a", 1).orElseThrow())
          .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(45));
    }
  }

  @Test
  void noInterleavingPassesABound() throws Exception {
    Bounds ten = new Bounds(Optional.of(10), Optional.of(1_000), Optional.of(10));
    List<Callable<Boolean>> asks = new ArrayList<>();
    try (RedisLimits one = open(ten);
        RedisLimits two = open(ten);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 100; i++) {
        ProviderLimits limits = i % 2 == 0 ? one : two;
        String call = "call-" + i;
        asks.add(() -> limits.reserve(call, 1).isEmpty());
      }
      int granted = 0;
      for (Future<Boolean> each : threads.invokeAll(asks)) {
        granted += each.get() ? 1 : 0;
      }
      assertThat(granted).isEqualTo(10);
    }
  }

  @Test
  void nameThatWouldBreakAKeyIsRefused() {
    assertThatThrownBy(
            () -> RedisLimits.open(RedisConfig.at(REDIS.uri()), "a}b", Bounds.NONE, MINUTE))
        .isInstanceOf(ConfigException.class);
  }

  private RedisLimits open(Bounds bounds) {
    return RedisLimits.open(RedisConfig.at(REDIS.uri()), provider, bounds, MINUTE);
  }

  /** The server's clock cannot be moved; what it has written down can. */
  private void age(String call) {
    try (Jedis redis = new Jedis(REDIS.uri())) {
      redis.zincrby("grizz:limit:{" + provider + "}:window", (double) -MINUTE.toMillis(), call);
    }
  }

  private void forget(String key, String call) {
    try (Jedis redis = new Jedis(REDIS.uri())) {
      redis.zadd("grizz:limit:{" + provider + "}:" + key, 1, call);
    }
  }
}
