package io.grizz.guilty.json;

import io.grizz.guilty.api.LooksIntoJson;
import java.sql.Connection;
import java.util.List;

/** Only the postgres room may know of SQL. */
public record KnowsSql(Connection connection, List<LooksIntoJson> api) {

  /** Looks back at the api. */
  public LooksIntoJson back() {
    return api.getFirst();
  }
}
