package io.grizz.guilty.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Guilty: what varies stands in the statement itself. */
final class ConcatenatesSql {

  private ConcatenatesSql() {}

  static boolean known(Connection connection, String user) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("select from grizz.users where user_id = '" + user + "'")) {
      return rows.next();
    }
  }
}
