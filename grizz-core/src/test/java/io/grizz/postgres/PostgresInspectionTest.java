package io.grizz.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How many sessions the processes of one installation may have between them. */
@ExtendWith(TestPostgres.class)
class PostgresInspectionTest {

  @Test
  void serverSaysItselfHowManyItHasBesidesThoseItKeeps(TestPostgres.Server postgres) {
    PostgresConfig config = postgres.database();
    int kept = 3;
    try (SessionScope scope = SessionScope.open(config)) {
      int most =
          scope.read(
              "most",
              session ->
                  session.one(
                      "select current_setting('max_connections')::int as most",
                      row -> row.integer("most")));
      assertThat(PostgresInspection.sessions(config)).hasValue(most - kept);
    }
  }

  @Test
  void poolerOfSessionsGivesFewAndOneOfTransactionsDoesNotSay() {
    String pooler = "postgresql://u:p@eu.pooler.example.com:";
    assertThat(PostgresInspection.sessions(PostgresConfig.at(URI.create(pooler + "5432/db"))))
        .hasValue(15);
    assertThat(PostgresInspection.sessions(PostgresConfig.at(URI.create(pooler + "6543/db"))))
        .isEmpty();
  }
}
