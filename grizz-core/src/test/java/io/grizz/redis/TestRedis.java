package io.grizz.redis;

import static org.awaitility.Awaitility.await;

import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.embedded.EmbeddedRedis;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** One server for all tests of a class: the embedded one, or the one GRIZZ_TEST_REDIS names. */
final class TestRedis implements AutoCloseable {

  private final Optional<EmbeddedRedis> embedded =
      System.getenv("GRIZZ_TEST_REDIS") == null
          ? Optional.of(EmbeddedRedis.temporary())
          : Optional.empty();

  JobQueue open(QueueConfig config) {
    return RedisQueue.open(RedisConfig.at(uri()), config);
  }

  URI uri() {
    return embedded
        .map(EmbeddedRedis::uri)
        .orElseGet(() -> URI.create(System.getenv("GRIZZ_TEST_REDIS")));
  }

  /** The server's time cannot be moved, so it is waited for. */
  static void pass(Duration time) {
    Instant end = Instant.now().plus(time);
    await().pollInterval(Duration.ofMillis(10)).until(() -> Instant.now().isAfter(end));
  }

  @Override
  public void close() {
    embedded.ifPresent(EmbeddedRedis::close);
  }
}
