package io.omendb.jobs.serve;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range of primary keys: equal on a prefix of key columns, then optionally bounded on the next
 * one. Values are storage values (RowData field objects) of the key columns in key order. No prefix
 * and no bounds is the whole table.
 */
public record KeyRange(
    List<Object> prefix,
    @Nullable Object lower,
    boolean lowerInclusive,
    @Nullable Object upper,
    boolean upperInclusive) {

  public KeyRange {
    prefix = List.copyOf(prefix);
  }

  public static final KeyRange ALL = new KeyRange(List.of(), null, false, null, false);
}
