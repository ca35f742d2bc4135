package io.grizz.embedded;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that was closed, or never started, keeps nothing and does not come back. */
class ClosedServerTest {

  @TempDir private Path directory;

  @Test
  void redisIsClosedAsOftenAsOneLikes_andDoesNotStartAgain() {
    EmbeddedRedis redis = EmbeddedRedis.start(directory, 0, Optional.empty(), Duration.ZERO);
    redis.close();
    redis.close();
    assertThatThrownBy(redis::start)
        .isInstanceOf(EmbeddedServerException.class)
        .hasMessageContaining("given back");
    EmbeddedRedis.in(directory, 0, Optional.empty(), Duration.ZERO).close();
  }

  @Test
  void postgresThatNeverStarted_givesItsDirectoryBack_andDoesNotStart() {
    EmbeddedPostgres postgres = EmbeddedPostgres.in(directory, 0, Duration.ZERO);
    postgres.close();
    postgres.close();
    assertThatThrownBy(postgres::start)
        .isInstanceOf(EmbeddedServerException.class)
        .hasMessageContaining("given back");
    EmbeddedPostgres.in(directory, 0, Duration.ZERO).close();
  }
}
