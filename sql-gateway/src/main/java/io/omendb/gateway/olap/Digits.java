package io.omendb.gateway.olap;

import io.omendb.gateway.types.PgTypes;
import io.omendb.jobs.table.ColumnType;
import io.omendb.jobs.table.ColumnType.Kind;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * How many digits a number has at most before the decimal point, and how many exactly after it.
 * PostgreSQL's numerics have a scale per value, Flink's decimals one per column: a numeric travels
 * as a decimal only where its scale follows from the types, as in a column numeric(10,2) and in
 * sums and products of such.
 */
record Digits(int integer, int scale) {
  static final Digits INT2 = new Digits(5, 0);
  static final Digits INT4 = new Digits(10, 0);
  static final Digits INT8 = new Digits(19, 0);

  /** Digits that the sum of any number of rows that a table can have adds. */
  static final int ROW_COUNT = 12;

  private static final int MAX = ColumnType.NUMERIC_PRECISION_MAX;

  /** Of a numeric constant: its own. */
  static Digits of(BigDecimal value) {
    return new Digits(Math.max(1, value.precision() - value.scale()), Math.max(0, value.scale()));
  }

  int total() {
    return integer + scale;
  }

  boolean fit() {
    return total() <= MAX;
  }

  Digits sum(Digits other) {
    return new Digits(Math.max(integer, other.integer) + 1, Math.max(scale, other.scale));
  }

  Digits product(Digits other) {
    return new Digits(integer + other.integer, scale + other.scale);
  }

  /** Of values of either: only where both have one scale. */
  @Nullable Digits either(Digits other) {
    return scale == other.scale ? new Digits(Math.max(integer, other.integer), scale) : null;
  }

  /** Digits that hold both, whatever their scales; for comparing only. */
  Digits common(Digits other) {
    return new Digits(Math.max(integer, other.integer), Math.max(scale, other.scale));
  }

  /** Whether a sum over rows surely fits a decimal. */
  boolean canBeSummed() {
    return total() + ROW_COUNT <= MAX;
  }

  /** As many digits of this scale as can be summed; null where the scale leaves too few. */
  @Nullable Digits bounded() {
    int integerDigits = MAX - ROW_COUNT - scale;
    return integerDigits < 1 ? null : new Digits(Math.min(integer, integerDigits), scale);
  }

  /** The decimal of a sum of such numbers. */
  Carried summed() {
    return new Digits(MAX - scale, scale).decimal();
  }

  /** As a decimal; they must fit. */
  Carried decimal() {
    if (!fit()) {
      throw new IllegalArgumentException("a decimal has at most 38 digits, got " + this);
    }
    ColumnType type = new ColumnType(Kind.NUMERIC, 0, Math.max(1, total()), scale);
    if (type.equals(ColumnType.of(Kind.NUMERIC))) {
      // That stands for a numeric whose scale is not known.
      type = new ColumnType(Kind.NUMERIC, 0, MAX - 1, scale);
    }
    return Carried.stored(PgTypes.NUMERIC, type);
  }
}
