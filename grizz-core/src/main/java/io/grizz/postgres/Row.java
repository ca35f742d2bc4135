package io.grizz.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A row of a result, by the names of its columns. Valid while it is mapped, and no longer. */
public final class Row {

  private final ResultSet result;

  Row(ResultSet result) {
    this.result = result;
  }

  /** Makes something of a row. */
  @FunctionalInterface
  public interface Mapper<T> {
    T map(Row row);
  }

  public String text(String column) {
    return present(column, optionalText(column));
  }

  public Optional<String> optionalText(String column) {
    return read(() -> result.getString(column));
  }

  public UUID uuid(String column) {
    return present(column, optionalUuid(column));
  }

  public Optional<UUID> optionalUuid(String column) {
    return read(() -> result.getObject(column, UUID.class));
  }

  public Instant instant(String column) {
    return present(column, optionalInstant(column));
  }

  public Optional<Instant> optionalInstant(String column) {
    return read(() -> result.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  public LocalDate day(String column) {
    return present(column, read(() -> result.getObject(column, LocalDate.class)));
  }

  public long number(String column) {
    return present(
        column,
        read(() -> {
          long number = result.getLong(column);
          return result.wasNull() ? null : number;
        }));
  }

  public int integer(String column) {
    return Math.toIntExact(number(column));
  }

  public boolean flag(String column) {
    return present(column, read(() -> result.getObject(column, Boolean.class)));
  }

  private static <T> T present(String column, Optional<T> value) {
    return value.orElseThrow(() -> new IllegalStateException(column + " is null"));
  }

  private static <T> Optional<T> read(Read<T> read) {
    try {
      return Optional.ofNullable(read.value());
    } catch (SQLException e) {
      throw SqlState.failure(e);
    }
  }

  private interface Read<T> {
    @Nullable T value() throws SQLException;
  }
}
