package io.grizz.redis;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grizz.api.DeadLetterContract;
import io.grizz.api.JobQueue;
import io.grizz.api.JobQueueContract;
import io.grizz.api.LeaseContract;
import io.grizz.api.QueueConfig;
import io.grizz.api.UpkeepContract;
import io.grizz.embedded.EmbeddedRedis;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The contracts on other servers than the bundled one: Debian's, and, by profile chaos, the oldest
 * that is supported. {@code GRIZZ_TEST_REDIS} names any other.
 */
@Execution(ExecutionMode.CONCURRENT)
class OtherServersTest {

  private static final Map<Kind, EmbeddedRedis> RUNNING = new HashMap<>();

  /** Where a server comes from. */
  private enum Kind {
    DEBIAN {
      @Override
      Path binary() {
        Path binary = Path.of("/usr/bin/redis-server");
        assumeTrue(Files.isExecutable(binary), "Debian's redis-server is not installed");
        return binary;
      }
    },
    OLDEST {
      @Override
      Path binary() throws IOException {
        String name = "/redis-server-6.2.6-v5-linux-amd64";
        try (InputStream in = OtherServersTest.class.getResourceAsStream(name)) {
          assumeTrue(in != null, "profile chaos brings the oldest server, for Linux on x86-64");
          Path binary = Files.createTempFile("redis-server", "");
          Files.write(binary, in.readAllBytes());
          assumeTrue(binary.toFile().setExecutable(true));
          binary.toFile().deleteOnExit();
          return binary;
        }
      }
    };

    abstract Path binary() throws IOException;
  }

  private static synchronized JobQueue open(Kind kind, QueueConfig config) {
    if (!RUNNING.containsKey(kind)) {
      try {
        RUNNING.put(kind, EmbeddedRedis.temporary(kind.binary()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return RedisQueue.open(RedisConfig.at(RUNNING.get(kind).uri()), config);
  }

  @AfterAll
  static synchronized void stop() {
    RUNNING.values().forEach(EmbeddedRedis::close);
    RUNNING.clear();
  }

  @Nested
  class DebianQueue extends JobQueueContract {
    @Override
    protected JobQueue open(QueueConfig config) {
      return OtherServersTest.open(Kind.DEBIAN, config);
    }

    @Override
    protected void pass(Duration time) {
      TestRedis.pass(time);
    }
  }

  @Nested
  class DebianLease extends LeaseContract {
    @Override
    protected JobQueue open(QueueConfig config) {
      return OtherServersTest.open(Kind.DEBIAN, config);
    }

    @Override
    protected void pass(Duration time) {
      TestRedis.pass(time);
    }
  }

  @Nested
  class DebianDeadLetter extends DeadLetterContract {
    @Override
    protected JobQueue open(QueueConfig config) {
      return OtherServersTest.open(Kind.DEBIAN, config);
    }

    @Override
    protected void pass(Duration time) {
      TestRedis.pass(time);
    }
  }

  @Nested
  class DebianUpkeep extends UpkeepContract {
    @Override
    protected JobQueue open(QueueConfig config) {
      return OtherServersTest.open(Kind.DEBIAN, config);
    }

    @Override
    protected void pass(Duration time) {
      TestRedis.pass(time);
    }
  }

  @Nested
  @Tag("chaos")
  class OldestQueue extends JobQueueContract {
    @Override
    protected JobQueue open(QueueConfig config) {
      return OtherServersTest.open(Kind.OLDEST, config);
    }

    @Override
    protected void pass(Duration time) {
      TestRedis.pass(time);
    }
  }

  @Nested
  @Tag("chaos")
  class OldestLease extends LeaseContract {
    @Override
    protected JobQueue open(QueueConfig config) {
      return OtherServersTest.open(Kind.OLDEST, config);
    }

    @Override
    protected void pass(Duration time) {
      TestRedis.pass(time);
    }
  }

  @Nested
  @Tag("chaos")
  class OldestDeadLetter extends DeadLetterContract {
    @Override
    protected JobQueue open(QueueConfig config) {
      return OtherServersTest.open(Kind.OLDEST, config);
    }

    @Override
    protected void pass(Duration time) {
      TestRedis.pass(time);
    }
  }

  @Nested
  @Tag("chaos")
  class OldestUpkeep extends UpkeepContract {
    @Override
    protected JobQueue open(QueueConfig config) {
      return OtherServersTest.open(Kind.OLDEST, config);
    }

    @Override
    protected void pass(Duration time) {
      TestRedis.pass(time);
    }
  }
}
