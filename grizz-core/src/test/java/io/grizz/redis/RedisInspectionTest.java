package io.grizz.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ConfigException;
import io.grizz.api.QueueUnavailableException;
import io.grizz.embedded.EmbeddedRedis;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RedisInspectionTest {

  @Test
  void saysWhatIsWrongWithAServer() {
    try (EmbeddedRedis redis = EmbeddedRedis.temporary()) {
      RedisConfig right = RedisConfig.at(redis.uri());
      assertThat(RedisInspection.inspect(right)).isEqualTo("7.0.15");

      URI noPassword = URI.create("redis://127.0.0.1:" + redis.uri().getPort());
      assertThatThrownBy(() -> RedisInspection.inspect(RedisConfig.at(noPassword)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("password");
      URI wrong = URI.create("redis://:hush@127.0.0.1:" + redis.uri().getPort());
      assertThatThrownBy(() -> RedisInspection.inspect(RedisConfig.at(wrong)))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("password")
          .hasMessageNotContaining("hush");

      setPolicy(right, "allkeys-lru");
      assertThatThrownBy(() -> RedisInspection.inspect(right))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("allkeys-lru")
          .hasMessageContaining("noeviction");
      redis.kill();
      assertThatThrownBy(() -> RedisInspection.inspect(right))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("127.0.0.1");
    }
  }

  private static void setPolicy(RedisConfig config, String policy) {
    try (Connections connections = new Connections(config);
        var own = connections.own(Duration.ZERO)) {
      own.configSet("maxmemory-policy", policy);
    }
  }
}
