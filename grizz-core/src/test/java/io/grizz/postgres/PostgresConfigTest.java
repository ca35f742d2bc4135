package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grizz.api.ConfigException;
import io.grizz.postgres.PostgresConfig.Pooling;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How the address of a database is read. */
class PostgresConfigTest {

  @Test
  void addressIsReadWithAllItsParts() {
    PostgresConfig config =
        PostgresConfig.parse("postgres://me%40home:p%2Fw+1@db.example/app?sslmode=require&x=y");

    assertThat(config.jdbcUrl()).isEqualTo("jdbc:postgresql://db.example:5432/app");
    assertThat(config.user()).isEqualTo("me@home");
    assertThat(config.password()).isEqualTo("p/w+1");
    assertThat(config.driver()).containsEntry("sslmode", "require").doesNotContainKey("x");
    assertThat(config.driver())
        .containsEntry("socketTimeout", "40")
        .containsEntry("tcpKeepAlive", "true")
        .doesNotContainKey("prepareThreshold");
  }

  @Test
  void defaultsAreThoseOfItsJavadoc() {
    PostgresConfig config = PostgresConfig.parse("postgresql://me:pw@db.example:5433/app");

    assertThat(config.poolSize()).isEqualTo(4);
    assertThat(config.patience()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.pooling()).isEqualTo(Pooling.SESSION);
    assertThat(config.statement()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.idle()).isEqualTo(Duration.ofSeconds(30));
    assertThat(RecordConfig.DEFAULTS.user().inFlight()).isEqualTo(3);
    assertThat(RecordConfig.DEFAULTS.backlog()).isEqualTo(5_000);
    assertThat(RecordConfig.DEFAULTS.keep())
        .isEqualTo(new RecordConfig.Keep(Duration.ofDays(30), Duration.ofDays(400)));
  }

  @Test
  void portOfATransactionPoolerIsRecognisedUnlessToldOtherwise() {
    PostgresConfig pooled = PostgresConfig.parse("postgresql://me:pw@db.example:6543/app");

    assertThat(pooled.pooling()).isEqualTo(Pooling.TRANSACTION);
    assertThat(pooled.driver()).containsEntry("prepareThreshold", "0");
    assertThat(pooled.withPooling(Pooling.SESSION).driver()).doesNotContainKey("prepareThreshold");
  }

  @Test
  void serverThatIsNotOnThisMachineIsReachedByTlsUnlessToldOtherwise() {
    PostgresConfig away = PostgresConfig.parse("postgresql://me:pw@db.example/app");
    PostgresConfig here = PostgresConfig.parse("postgresql://me:pw@127.0.0.1/app");
    PostgresConfig bare = PostgresConfig.parse("postgresql://me:pw@db.example/app?sslmode=disable");
    PostgresConfig safe =
        PostgresConfig.parse("postgresql://me:pw@db.example/app?sslmode=verify-full");

    assertThat(away.driver()).containsEntry("sslmode", "require");
    assertThat(here.driver()).containsEntry("sslmode", "prefer");
    assertThat(bare.driver()).containsEntry("sslmode", "disable");
    assertThat(PostgresInspection.worry(away)).get().asString().contains("verify-full");
    assertThat(PostgresInspection.worry(bare)).get().asString().contains("disable");
    assertThat(PostgresInspection.worry(safe)).isEmpty();
    assertThat(PostgresInspection.worry(here)).isEmpty();
  }

  @Test
  void passwordShowsNowhere() {
    assertThat(PostgresConfig.parse("postgresql://me:secret@db.example/app").toString())
        .doesNotContain("secret")
        .contains("db.example:5432/app");
    assertThatThrownBy(() -> PostgresConfig.parse("postgresql://me:sec ret@db.example/app"))
        .isInstanceOf(ConfigException.class)
        .hasMessageNotContaining("sec ret")
        .hasNoCause();
    assertThatThrownBy(() -> PostgresConfig.parse("mysql://me:secret@db.example/app"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("database.url")
        .hasMessageNotContaining("secret");
  }

  @Test
  void valuesOutOfBoundsAreRefused() {
    PostgresConfig config = PostgresConfig.parse("postgresql://me:pw@db.example/app");

    assertThatThrownBy(() -> config.withPoolSize(0)).hasMessageContaining("session.pool-size");
    assertThatThrownBy(() -> config.withPatience(Duration.ofMillis(499)))
        .hasMessageContaining("session.wait");
    assertThatThrownBy(() -> RecordConfig.DEFAULTS.withInFlight(0))
        .hasMessageContaining("limits.in-flight");
  }
}
