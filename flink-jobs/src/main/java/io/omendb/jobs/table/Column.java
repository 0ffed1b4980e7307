package io.omendb.jobs.table;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One column. {@code id} is its Iceberg field id and never changes; {@code defaultExpression} is
 * PostgreSQL expression text, evaluated by the gateway when a row is inserted.
 */
public record Column(
    int id, String name, ColumnType type, boolean nullable, @Nullable String defaultExpression) {
  public Column {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
  }
}
