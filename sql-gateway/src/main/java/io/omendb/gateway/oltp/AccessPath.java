package io.omendb.gateway.oltp;

import io.omendb.gateway.sql.functions.PgCasts;
import io.omendb.gateway.sql.functions.RelTypes;
import io.omendb.gateway.types.PgType;
import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.OmenException;
import io.omendb.jobs.serve.KeyRange;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.TableSchema;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a table a scan reads: the whole of it, or the key ranges of one or more
 * alternatives. Its rows include all that the filter above it lets through, maybe more: the filter
 * stays.
 */
record AccessPath(TableSchema table, List<Alternative> alternatives) {
  private static final @Nullable Object[] NO_INPUT = new Object[0];

  /** One value to find a key column by: an expression without input, and its type. */
  record KeyValue(Expression expression, PgType type) {}

  /** Equal on the leading key columns, then bounded (inclusively) on the next one. */
  record Alternative(List<KeyValue> prefix, @Nullable KeyValue lower, @Nullable KeyValue upper) {}

  /** Stands for SQL's NULL, with which nothing compares as true. */
  private static final Object SQL_NULL = new Object();

  static AccessPath wholeTable(TableSchema table) {
    return new AccessPath(table, List.of());
  }

  boolean isWholeTable() {
    return alternatives.isEmpty();
  }

  /** Whether every alternative names one row at most. */
  boolean isPoint() {
    return !isWholeTable()
        && alternatives.stream().allMatch(a -> a.prefix.size() == table.primaryKey().size());
  }

  /** Whether equal storage values are all that the prefix's comparisons ask. */
  boolean isExact() {
    for (Alternative alternative : alternatives) {
      for (int i = 0; i < alternative.prefix.size(); i++) {
        ColumnType type = table.columns().get(table.primaryKey().get(i)).type();
        boolean same = PgTypes.forColumn(type) == alternative.prefix.get(i).type();
        if (!same
            || type.kind() == ColumnType.Kind.NUMERIC
            || type.kind() == ColumnType.Kind.CHAR) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether it reads one contiguous range. */
  boolean isSingleRange() {
    return alternatives.size() <= 1;
  }

  /** How many leading key columns are fixed. */
  int prefixLength() {
    return isWholeTable() ? 0 : alternatives.get(0).prefix.size();
  }

  String describe() {
    if (isWholeTable()) {
      return "Seq Scan on " + table.name();
    }
    StringBuilder columns = new StringBuilder();
    Alternative first = alternatives.get(0);
    int bounded = first.lower == null && first.upper == null ? 0 : 1;
    for (int i = 0; i < first.prefix.size() + bounded; i++) {
      columns
          .append(i == 0 ? "" : ", ")
          .append(table.columns().get(table.primaryKey().get(i)).name());
    }
    String kind = isPoint() ? "Key Lookup" : "Key Range Scan";
    return "%s on %s (%s)".formatted(kind, table.name(), columns)
        + (alternatives.size() > 1 ? " x " + alternatives.size() : "");
  }

  /** The ranges to read now, no key twice; empty where no row can qualify. */
  List<KeyRange> ranges(ExecutionContext context) {
    if (isWholeTable()) {
      return List.of(KeyRange.ALL);
    }
    List<KeyRange> ranges = new ArrayList<>(alternatives.size());
    Set<Object> seen = alternatives.size() > 1 ? new HashSet<>() : Set.of();
    for (Alternative alternative : alternatives) {
      List<Object> prefix = prefix(alternative, context);
      if (prefix == null || (alternatives.size() > 1 && !seen.add(comparable(prefix)))) {
        continue;
      }
      Object lower = bound(alternative.lower, prefix.size(), context);
      Object upper = bound(alternative.upper, prefix.size(), context);
      if (lower != SQL_NULL && upper != SQL_NULL) {
        ranges.add(new KeyRange(prefix, lower, true, upper, true));
      }
    }
    return ranges;
  }

  /**
   * The storage values of the whole key of a one-alternative point path; null where no row can
   * qualify.
   */
  @Nullable List<Object> point(ExecutionContext context) {
    return prefix(alternatives.get(0), context);
  }

  private static Object comparable(List<Object> storage) {
    return storage.stream()
        .map(v -> v instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : v)
        .toList();
  }

  /** Null where no row can qualify. */
  private @Nullable List<Object> prefix(Alternative alternative, ExecutionContext context) {
    Object[] values = new Object[alternative.prefix.size()];
    for (int i = 0; i < values.length; i++) {
      Object storage = storage(alternative.prefix.get(i), i, context);
      if (storage == null || storage == SQL_NULL) {
        return null;
      }
      values[i] = storage;
    }
    return List.of(values);
  }

  private @Nullable Object bound(@Nullable KeyValue value, int position, ExecutionContext context) {
    return value == null ? null : storage(value, position, context);
  }

  /** Null where the column cannot hold the value: as a bound it bounds nothing exactly. */
  private @Nullable Object storage(KeyValue value, int position, ExecutionContext context) {
    Object datum = value.expression().eval(NO_INPUT, context);
    if (datum == null) {
      return SQL_NULL;
    }
    ColumnType type = table.columns().get(table.primaryKey().get(position)).type();
    PgType columnType = PgTypes.forColumn(type);
    try {
      Object converted =
          columnType == value.type() ? datum : exact(datum, value.type(), columnType);
      return converted == null ? null : columnType.toStorage(converted, type);
    } catch (OmenException outsideTheColumnsRange) {
      return null;
    }
  }

  private static @Nullable Object exact(Object datum, PgType from, PgType to) {
    if (isInteger(to) && from == PgTypes.NUMERIC) {
      BigDecimal decimal = (BigDecimal) datum;
      if (decimal.setScale(0, RoundingMode.DOWN).compareTo(decimal) != 0) {
        return null;
      }
    }
    return PgCasts.cast(datum, from, to, ZoneOffset.UTC);
  }

  /** Whether a key column of one type can be sought by values of another. */
  static boolean seekable(PgType column, PgType value) {
    boolean exactNumber = isInteger(value) || value == PgTypes.NUMERIC;
    if (column == value) {
      return true;
    }
    if (isInteger(column) || column == PgTypes.NUMERIC || column == PgTypes.FLOAT8) {
      return exactNumber;
    }
    return RelTypes.isString(column) && RelTypes.isString(value);
  }

  static boolean isInteger(PgType type) {
    return type == PgTypes.INT2 || type == PgTypes.INT4 || type == PgTypes.INT8;
  }
}
