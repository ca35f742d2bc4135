package io.grizz.redis;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grizz.api.DeadLetterContract;
import io.grizz.api.JobQueue;
import io.grizz.api.JobQueueContract;
import io.grizz.api.LeaseContract;
import io.grizz.api.QueueConfig;
import io.grizz.embedded.EmbeddedRedis;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contracts on other servers than the bundled one: the oldest that is supported, and Debian's.
 * {@code GRIZZ_TEST_REDIS} names any other.
 */
@Tag("chaos")
class OtherServersTest {

  private static final Path DEBIAN = Path.of("/usr/bin/redis-server");
  private static final String OLDEST = "/redis-server-6.2.6-v5-linux-amd64";

  @Nested
  class Debian {
    private static final Server SERVER = new Server();

    @BeforeAll
    static void start() {
      assumeTrue(Files.isExecutable(DEBIAN), "Debian's redis-server is not installed");
      SERVER.start(DEBIAN);
    }

    @AfterAll
    static void stop() {
      SERVER.close();
    }

    @Nested
    class Queue extends JobQueueContract {
      @Override
      protected JobQueue open(QueueConfig config) {
        return SERVER.open(config);
      }

      @Override
      protected void pass(Duration time) {
        TestRedis.pass(time);
      }
    }

    @Nested
    class Lease extends LeaseContract {
      @Override
      protected JobQueue open(QueueConfig config) {
        return SERVER.open(config);
      }

      @Override
      protected void pass(Duration time) {
        TestRedis.pass(time);
      }
    }

    @Nested
    class DeadLetters extends DeadLetterContract {
      @Override
      protected JobQueue open(QueueConfig config) {
        return SERVER.open(config);
      }

      @Override
      protected void pass(Duration time) {
        TestRedis.pass(time);
      }
    }
  }

  @Nested
  class Oldest {
    private static final Server SERVER = new Server();

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
      Path binary = directory.resolve("redis-server");
      try (InputStream in = OtherServersTest.class.getResourceAsStream(OLDEST)) {
        assumeTrue(in != null, "profile chaos brings the oldest server, for Linux on x86-64 alone");
        Files.copy(in, binary);
      }
      assumeTrue(binary.toFile().setExecutable(true));
      SERVER.start(binary);
    }

    @AfterAll
    static void stop() {
      SERVER.close();
    }

    @Nested
    class Queue extends JobQueueContract {
      @Override
      protected JobQueue open(QueueConfig config) {
        return SERVER.open(config);
      }

      @Override
      protected void pass(Duration time) {
        TestRedis.pass(time);
      }
    }

    @Nested
    class Lease extends LeaseContract {
      @Override
      protected JobQueue open(QueueConfig config) {
        return SERVER.open(config);
      }

      @Override
      protected void pass(Duration time) {
        TestRedis.pass(time);
      }
    }

    @Nested
    class DeadLetters extends DeadLetterContract {
      @Override
      protected JobQueue open(QueueConfig config) {
        return SERVER.open(config);
      }

      @Override
      protected void pass(Duration time) {
        TestRedis.pass(time);
      }
    }
  }

  /** A server that begins after its binary was found. */
  private static final class Server implements AutoCloseable {
    private @Nullable EmbeddedRedis redis;

    void start(Path binary) {
      redis = EmbeddedRedis.temporary(binary);
    }

    JobQueue open(QueueConfig config) {
      return RedisQueue.open(RedisConfig.at(requireNonNull(redis).uri()), config);
    }

    @Override
    public void close() {
      if (redis != null) {
        redis.close();
      }
    }
  }
}
