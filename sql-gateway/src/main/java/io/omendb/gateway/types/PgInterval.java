package io.omendb.gateway.types;

import java.math.BigInteger;

/**
 * A value of {@code interval}: three fields that do not convert into each other, since months and
 * days have no fixed length. Two that PostgreSQL calls equal (30 days and a month) are not equal as
 * records; {@link #comparableMicros} orders as PostgreSQL does.
 */
public record PgInterval(int months, int days, long micros) {
  public static final PgInterval ZERO = new PgInterval(0, 0, 0);

  /**
   * What PostgreSQL compares: with months of 30 days and days of 24 hours, in 128 bits if need be.
   */
  public BigInteger comparableMicros() {
    long wholeDays = months * 30L + days;
    return BigInteger.valueOf(wholeDays)
        .multiply(BigInteger.valueOf(DateTimeParser.MICROS_PER_DAY))
        .add(BigInteger.valueOf(micros));
  }

  /** ArithmeticException where a field overflows. */
  public PgInterval plus(PgInterval other) {
    return new PgInterval(
        Math.addExact(months, other.months),
        Math.addExact(days, other.days),
        Math.addExact(micros, other.micros));
  }

  /** ArithmeticException where a field overflows. */
  public PgInterval negated() {
    return new PgInterval(
        Math.negateExact(months), Math.negateExact(days), Math.negateExact(micros));
  }

  /** As PostgreSQL shows it with IntervalStyle postgres. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    IntervalText.append(out, this);
    return out.toString();
  }
}
