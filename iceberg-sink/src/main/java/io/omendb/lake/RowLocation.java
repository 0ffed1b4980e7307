package io.omendb.lake;

import java.util.Objects;

/**
 * Where a row's lake version lives: a data file's full path and the row's 0-based position in it.
 */
public record RowLocation(String dataFile, long position) {
  public RowLocation {
    Objects.requireNonNull(dataFile, "dataFile");
    if (position < 0) {
      throw new IllegalArgumentException("position must not be negative, got " + position);
    }
  }
}
