package io.grizz.redis;

import io.grizz.api.JobQueue;
import io.grizz.api.QueueConfig;
import io.grizz.api.SuspectContract;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;

/** The contract, on a real server. */
class RedisSuspectTest extends SuspectContract {

  private static final TestRedis REDIS = new TestRedis();

  @AfterAll
  static void stop() {
    REDIS.close();
  }

  @Override
  protected JobQueue open(QueueConfig config) {
    return REDIS.open(config);
  }

  @Override
  protected void pass(Duration time) {
    TestRedis.pass(time);
  }
}
