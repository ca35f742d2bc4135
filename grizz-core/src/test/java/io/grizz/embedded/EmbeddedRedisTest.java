package io.grizz.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.Jedis;

/** What whoever starts the bundled Redis may rely on. */
@Execution(ExecutionMode.CONCURRENT)
class EmbeddedRedisTest {

  @TempDir private Path directory;

  @Test
  void programThatIsStillOpenForWritingIsWaitedFor() throws Exception {
    Path program = directory.resolve("program");
    try (EmbeddedRedis first =
        EmbeddedRedis.start(directory.resolve("data"), 0, Optional.empty(), Duration.ZERO)) {
      Files.copy(
          directory.resolve("data/redis-server"), program, StandardCopyOption.COPY_ATTRIBUTES);
      assertThat(first.pid()).isPositive();
    }
    FileChannel writer = FileChannel.open(program, StandardOpenOption.WRITE);
    CompletableFuture<Void> done =
        CompletableFuture.runAsync(
            () -> {
              try {
                writer.close();
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            },
            CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS));
    try (EmbeddedRedis redis = EmbeddedRedis.temporary(program);
        Jedis jedis = new Jedis(redis.uri())) {
      assertThat(jedis.ping()).isEqualTo("PONG");
    }
    done.join();
  }
}
