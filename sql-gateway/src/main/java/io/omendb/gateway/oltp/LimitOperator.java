package io.omendb.gateway.oltp;

import io.omendb.jobs.ErrorCode;
import io.omendb.jobs.OmenException;
import org.jspecify.annotations.Nullable;

/** OFFSET and LIMIT; a NULL count is no limit. */
record LimitOperator(Operator input, @Nullable Expression offset, @Nullable Expression limit)
    implements Operator {
  private static final @Nullable Object[] NO_INPUT = new Object[0];

  @Override
  public RowSource open(ExecutionContext context) {
    long skip = count(offset, 0, context, ErrorCode.INVALID_ROW_COUNT_IN_OFFSET_CLAUSE, "OFFSET");
    long take =
        count(limit, Long.MAX_VALUE, context, ErrorCode.INVALID_ROW_COUNT_IN_LIMIT_CLAUSE, "LIMIT");
    if (take == 0) {
      return new ListSource(java.util.List.of());
    }
    RowSource rows = input.open(context);
    return new RowSource() {
      private long toSkip = skip;
      private long left = take;

      @Override
      public @Nullable Object @Nullable [] next() {
        for (; toSkip > 0; toSkip--) {
          if (rows.next() == null) {
            left = 0;
            toSkip = 0;
            break;
          }
        }
        if (left == 0) {
          return null;
        }
        left--;
        return rows.next();
      }

      @Override
      public void close() {
        rows.close();
      }
    };
  }

  private static long count(
      @Nullable Expression expression,
      long otherwise,
      ExecutionContext context,
      ErrorCode code,
      String clause) {
    Object value = expression == null ? null : expression.eval(NO_INPUT, context);
    if (value == null) {
      return otherwise;
    }
    if (!(value instanceof Number number)) {
      throw new OmenException(
          ErrorCode.DATATYPE_MISMATCH, "argument of %s must be type bigint".formatted(clause));
    }
    long count =
        number instanceof java.math.BigDecimal decimal
            ? decimal.setScale(0, java.math.RoundingMode.HALF_UP).longValueExact()
            : number instanceof Double || number instanceof Float
                ? Math.round(number.doubleValue())
                : number.longValue();
    if (count < 0) {
      throw new OmenException(code, "%s must not be negative".formatted(clause));
    }
    return count;
  }
}
