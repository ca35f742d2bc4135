package io.grizz.redis;

import static org.awaitility.Awaitility.await;

import io.grizz.api.JobQueue;
import io.grizz.api.JobQueueContract;
import io.grizz.api.QueueConfig;
import io.grizz.embedded.EmbeddedRedis;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;

/** The contract, on the embedded server, or on the one that GRIZZ_TEST_REDIS names. */
class RedisQueueTest extends JobQueueContract {

  private static final Optional<EmbeddedRedis> EMBEDDED =
      System.getenv("GRIZZ_TEST_REDIS") == null
          ? Optional.of(EmbeddedRedis.temporary())
          : Optional.empty();

  @AfterAll
  static void stop() {
    EMBEDDED.ifPresent(EmbeddedRedis::close);
  }

  @Override
  protected JobQueue open(QueueConfig config) {
    URI uri =
        EMBEDDED
            .map(EmbeddedRedis::uri)
            .orElseGet(() -> URI.create(System.getenv("GRIZZ_TEST_REDIS")));
    return RedisQueue.open(RedisConfig.at(uri), config);
  }

  @Override
  protected void pass(Duration time) {
    Instant end = Instant.now().plus(time);
    await().pollInterval(Duration.ofMillis(10)).until(() -> Instant.now().isAfter(end));
  }
}
